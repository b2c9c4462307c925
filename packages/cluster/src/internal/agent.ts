import { runAgent, type AgentConfig } from "../agent/agent.ts";
import { beat } from "./heartbeat.ts";
import { endOnFailure, keepCompiled, loggerTo, untilTerminated } from "./process.ts";

export async function agent(): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const config = JSON.parse(Buffer.concat(chunks).toString()) as AgentConfig;
  const logger = loggerTo((line) => void process.stdout.write(line), "agent").with({ node: config.nodeName });
  endOnFailure(logger);
  if (config.heartbeatFd !== undefined) beat(config.heartbeatFd);
  keepCompiled();
  await runAgent(config, logger, untilTerminated());
  process.exit(0);
}
