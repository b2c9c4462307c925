import { createInterface } from "node:readline";
import { invariant } from "@dingi/base";
import { LiveCertificates, type AgentCertificates } from "../agent/agent-certificates.ts";
import { runAgent, type AgentConfig } from "../agent/agent.ts";
import { beat } from "./heartbeat.ts";
import { endOnFailure, keepCompiled, loggerTo, untilTerminated } from "./process.ts";

export async function agent(): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const first = await lines.next();
  invariant(!first.done, "An agent is told on its standard input what it is");
  const config = JSON.parse(first.value) as AgentConfig;
  const logger = loggerTo((line) => void process.stdout.write(line), "agent").with({ node: config.nodeName });
  endOnFailure(logger);
  if (config.heartbeatFd !== undefined) beat(config.heartbeatFd);
  keepCompiled();
  const certificates = new LiveCertificates(config.certificates);
  const renewals = async () => {
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      certificates.renew(JSON.parse(line.value) as AgentCertificates);
      logger.info("Certificates were renewed");
    }
  };
  void renewals();
  await runAgent({ config, certificates, logger }, untilTerminated());
  process.exit(0);
}
