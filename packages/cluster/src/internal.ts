import { join } from "node:path";
import { ensureClusterPki, LogFile } from "@dingi/component-base";
import { createLogger, describeError, systemClock, systemRandom, type Logger, type LogLevel } from "@dingi/base";
import { hostname } from "node:os";
import { runAgent, type AgentConfig } from "./agent/agent.ts";
import { startControlPlane } from "./control-plane/control-plane.ts";
import { addressAt, readConfig } from "./config/cluster-config.ts";
import { clusterPaths } from "./config/paths.ts";
import { program } from "./commands/program.ts";
import { serveControl } from "./supervisor/control-socket.ts";
import { prepareDirectories, Supervisor } from "./supervisor/supervisor.ts";

/** The first descriptor after the standard streams: a socket that listens for the nodes. */
const INHERITED_FD = 3;

function loggerTo(write: (line: string) => void, component: string): Logger {
  return createLogger({
    clock: systemClock,
    component,
    level: (process.env["DINGI_LOG"] ?? "info") as LogLevel,
    write,
  });
}

/** Aborts when the process is asked to end. */
function untilTerminated(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const)
    process.once(name, () => stop.abort(new Error(`Ended by ${name}`)));
  return stop.signal;
}

function endOnFailure(logger: Logger): (error: unknown) => void {
  const end = (error: unknown) => {
    logger.error("Process cannot go on", {
      error: describeError(error),
      stack: error instanceof Error ? error.stack : undefined,
    });
    process.exit(1);
  };
  process.on("uncaughtException", end);
  process.on("unhandledRejection", end);
  return end;
}

export async function controlPlane(name: string): Promise<void> {
  const paths = clusterPaths(name);
  using file = new LogFile({ path: join(paths.log, "control-plane.log") });
  const logger = loggerTo(file.write, "control-plane");
  const onFailure = endOnFailure(logger);
  const signal = untilTerminated();
  const config = await readConfig(paths.config);
  if (!config) throw new Error(`There is no cluster "${name}"`);
  const { fabric, serviceCidr, clusterDomain, runtime } = config;
  const fabricAddress = addressAt(fabric, 2);
  const pki = await ensureClusterPki(paths.pki, {
    clock: systemClock,
    random: systemRandom,
    fabricAddress,
    hostName: hostname(),
    serviceAddress: addressAt(serviceCidr, 1),
    clusterDomain,
  });
  await using running = await startControlPlane({
    config,
    pki,
    storeDirectory: paths.store,
    logger,
    onFailure,
    ...(runtime === "containerd" ? { fabricFd: INHERITED_FD } : {}),
  });
  logger.info("Control plane started", { readyMs: Math.round(running.readyMs) });
  await aborted(signal);
}

export async function agent(): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const config = JSON.parse(Buffer.concat(chunks).toString()) as AgentConfig;
  const logger = loggerTo((line) => void process.stdout.write(line), "agent").with({ node: config.nodeName });
  endOnFailure(logger);
  await runAgent(config, logger, untilTerminated());
  process.exit(0);
}

export async function supervisor(name: string): Promise<void> {
  const paths = clusterPaths(name);
  await prepareDirectories(paths);
  using file = new LogFile({ path: join(paths.log, "supervisor.log") });
  const logger = loggerTo(file.write, "supervisor");
  endOnFailure(logger);
  const own = new Supervisor({ paths, logger, program: program() });
  const signal = untilTerminated();
  const stopped = Promise.withResolvers<void>();
  const server = await serveControl(paths.socket, own, stopped.resolve);
  await own.start();
  await Promise.race([stopped.promise, aborted(signal).then(() => own.stop())]);
  server.close();
  process.exit(0);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
