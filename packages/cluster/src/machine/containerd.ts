import { open, readFile, rename, stat, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import type { Logger } from "@dingi/base";
import { procsFiles } from "./cgroups.ts";
import { CONTAINERD_SOCKET, containerdConfig, type ContainerdConfigOptions } from "./containerd-config.ts";
import { startDaemon } from "./daemon.ts";
import { type MachineContext, systemCgroup } from "./machine-context.ts";
import { directoriesOf } from "./node-directories.ts";
import { isAlive, killProcess, type ProcessIdentity } from "./process-identity.ts";

const START_WAIT_MS = 30_000;
const STEP_MS = 5;
const LOG_LIMIT_BYTES = 8 * 1024 * 1024;
const LOG_TAIL_BYTES = 2_000;

export interface ContainerdSpec extends Omit<ContainerdConfigOptions, "registries" | "opt"> {
  readonly node: string;
  /** Absolute path of the program. */
  readonly containerd: string;
  readonly logFile: string;
  readonly signal?: AbortSignal | undefined;
}

/** A node's containerd socket as the machine sees it, for as long as the node's init lives. */
export function containerdSocket(init: ProcessIdentity): string {
  return `/proc/${init.pid}/root${CONTAINERD_SOCKET}`;
}

/**
 * Starts a node's containerd, or adopts the one that runs, and resolves when it answers. It is a child of the node's init, so
 * it outlives whoever started it. Containers go on while it is down.
 */
export async function ensureContainerd(context: MachineContext, spec: ContainerdSpec): Promise<ProcessIdentity> {
  const node = context.state.node(spec.node);
  if (!node) throw new Error(`Node "${spec.node}" has no namespaces yet: make them first`);
  if (node.containerd && (await isAlive(node.containerd))) {
    await untilItAnswers(context, { init: node.init, containerd: node.containerd, spec });
    return node.containerd;
  }
  const { containerdConfig: configFile, registries, opt } = directoriesOf(context, spec.node);
  await writeFile(configFile, containerdConfig({ ...spec, registries, opt }));
  await limitLog(spec.logFile);
  const containerd = await startDaemon(node.init, [spec.containerd, "--config", configFile], {
    entry: "all",
    cgroupProcs: procsFiles(context.cgroups, systemCgroup(context, spec.node)),
    logFile: spec.logFile,
    clock: context.clock,
    signal: spec.signal,
  });
  if (!containerd) throw new Error(`containerd ended at once; it said: ${await tailOf(spec.logFile)}`);
  await context.state.setNode(spec.node, { ...(context.state.node(spec.node) ?? node), containerd });
  await untilItAnswers(context, { init: node.init, containerd, spec });
  return containerd;
}

export async function stopContainerd(context: MachineContext, node: string): Promise<void> {
  const containerd = context.state.node(node)?.containerd;
  if (containerd) await killProcess(containerd, context.clock);
}

/** Resolves when the containerd that runs now is gone; at once when none does. */
async function containerdGone(init: ProcessIdentity, signal: AbortSignal): Promise<void> {
  // Its second socket keeps silent connections open, so the end of one is the end of the process.
  const socket = connect(`/proc/${init.pid}/root${CONTAINERD_SOCKET}.ttrpc`);
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = () => socket.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  socket.on("error", () => socket.destroy()).on("close", () => resolve());
  if (signal.aborted) socket.destroy();
  await promise;
  signal.removeEventListener("abort", onAbort);
  signal.throwIfAborted();
}

interface Starting {
  readonly init: ProcessIdentity;
  readonly containerd: ProcessIdentity;
  readonly spec: ContainerdSpec;
}

async function untilItAnswers({ clock }: MachineContext, { init, containerd, spec }: Starting): Promise<void> {
  const end = clock.monotonic() + START_WAIT_MS;
  while (!(await answers(containerdSocket(init)))) {
    if (!(await isAlive(containerd)))
      throw new Error(`containerd ended at once; it said: ${await tailOf(spec.logFile)}`);
    if (clock.monotonic() > end) throw new Error(`containerd does not answer; it said: ${await tailOf(spec.logFile)}`);
    await clock.sleep(STEP_MS, spec.signal);
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = connect(path);
    const settle = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => settle(true)).once("error", () => settle(false));
  });
}

/** containerd only appends; one former file is kept. */
async function limitLog(path: string): Promise<void> {
  const size = await stat(path).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size > LOG_LIMIT_BYTES) await rename(path, `${path}.1`);
  await (await open(path, "a", 0o600)).close();
}

async function tailOf(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  const tail = text.slice(-LOG_TAIL_BYTES).trim();
  return tail === "" ? "nothing" : tail;
}

export interface SupervisionOptions {
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Each time it was started again. */
  readonly onRestart?: (containerd: ProcessIdentity) => void;
}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 10_000;
/** One that ran this long starts again without delay. */
const HEALTHY_MS = 30_000;

/** Starts a node's containerd again whenever it ends, with a growing delay when it keeps ending. Ends by `signal`. */
export async function superviseContainerd(
  context: MachineContext,
  spec: ContainerdSpec,
  options: SupervisionOptions,
): Promise<void> {
  const { logger, signal, onRestart } = options;
  const { clock } = context;
  let delayMs = FIRST_DELAY_MS;
  for (;;) {
    const since = clock.monotonic();
    const init = context.state.node(spec.node)?.init;
    if (!init || !(await isAlive(init))) return;
    await containerdGone(init, signal);
    delayMs = clock.monotonic() - since > HEALTHY_MS ? FIRST_DELAY_MS : Math.min(delayMs * 2, LONGEST_DELAY_MS);
    await clock.sleep(delayMs, signal);
    if (!(await isAlive(init))) return;
    try {
      const containerd = await ensureContainerd(context, { ...spec, signal });
      logger.warn("Started containerd again", { node: spec.node, pid: containerd.pid });
      onRestart?.(containerd);
    } catch (error) {
      signal.throwIfAborted();
      logger.error("Could not start containerd again", { node: spec.node, error });
    }
  }
}
