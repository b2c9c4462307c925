import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "@dingi/base";
import type { ClusterPaths } from "../config/paths.ts";
import { identify, isAlive, killProcess, type ProcessIdentity } from "../machine/process-identity.ts";
import { callSupervisor, supervisorStatus } from "./control-socket.ts";
import type { Step } from "./status.ts";

/** A supervisor that was asked to end, and has ended all others, needs no longer. */
const END_MS = 5_000;
/** What stopping takes beside the pods' grace. */
const STOP_MS = 45_000;
const STEP_MS = 20;

/** Notes this process as a cluster's supervisor, so that it is found also when its socket is not. */
export async function recordSupervisor(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, JSON.stringify(await identify(process.pid)), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

export async function recordedSupervisor(path: string): Promise<ProcessIdentity | undefined> {
  const identity = await readFile(path, "utf8").then(
    (text) => identityIn(text),
    () => undefined,
  );
  return (await isAlive(identity)) ? identity : undefined;
}

/** A record that a full disk or a crash has cut tells of nobody: it must not keep the cluster from being ended. */
function identityIn(text: string): ProcessIdentity | undefined {
  try {
    return (JSON.parse(text) as ProcessIdentity | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Has the supervisor end the cluster, and then itself; one that does not answer, or does not end, is killed. Undefined when
 * there was none, or it did not do it: the parts are then the caller's to end.
 */
export async function endBySupervisor(
  paths: Pick<ClusterPaths, "socket" | "supervisor">,
  { graceSeconds, clock }: { readonly graceSeconds: number; readonly clock: Clock },
): Promise<readonly Step[] | undefined> {
  const isThere = await supervisorStatus(paths.socket).catch(() => undefined);
  const deadlineMs = graceSeconds * 1000 + STOP_MS;
  const steps = isThere
    ? await callSupervisor<readonly Step[]>(paths.socket, `POST /stop?grace=${graceSeconds}`, deadlineMs).catch(
        () => undefined,
      )
    : undefined;
  await killSupervisor(paths, { clock, waitMs: steps ? END_MS : 0 });
  return steps;
}

/** Kills the supervisor that is recorded, unless it ends by itself in time. */
export async function killSupervisor(
  paths: Pick<ClusterPaths, "supervisor">,
  { clock, waitMs }: { readonly clock: Clock; readonly waitMs: number },
): Promise<void> {
  const supervisor = await recordedSupervisor(paths.supervisor);
  const end = clock.monotonic() + waitMs;
  while (supervisor && (await isAlive(supervisor)) && clock.monotonic() < end) await clock.sleep(STEP_MS);
  if (supervisor) await killProcess(supervisor, clock);
  await rm(paths.supervisor, { force: true });
}
