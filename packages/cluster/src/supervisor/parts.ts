import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "@dingi/base";
import { identify, isAlive, killProcess, signalProcess, type ProcessIdentity } from "../machine/process-identity.ts";
import type { Part } from "./status.ts";

const END_WAIT_MS = 5_000;
const STEP_MS = 20;

/** The processes that a supervisor started, also in a file: they outlive a supervisor that is killed. */
export class Parts {
  readonly #path: string;
  readonly #parts = new Map<string, Part>();
  readonly #identities = new Map<string, readonly ProcessIdentity[]>();
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  get all(): readonly Part[] {
    return [...this.#parts.values()];
  }

  /** Changes what is known of a part; it must have been set. */
  update(key: Pick<Part, "role" | "node">, change: Partial<Part>): void {
    const known = this.#parts.get(keyOf(key));
    if (known) this.#parts.set(keyOf(key), { ...known, ...change });
  }

  set(part: Part): void {
    this.#parts.set(keyOf(part), part);
  }

  remove(part: Pick<Part, "role" | "node">): void {
    this.#parts.delete(keyOf(part));
    this.#identities.delete(keyOf(part));
  }

  /**
   * Notes the processes of a part where the next supervisor finds them: besides the part itself the one that waits for it,
   * because a part cannot end as long as that one stands still.
   */
  async record(key: Pick<Part, "role" | "node">, pids: readonly number[]): Promise<void> {
    const identities = (await Promise.all(pids.map(identify))).filter((identity) => identity !== undefined);
    if (identities.length === 0) return;
    this.#identities.set(keyOf(key), identities);
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write());
    await this.#writing;
  }

  async #write(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    await writeFile(`${this.#path}.new`, JSON.stringify([...this.#identities.values()].flat()), { mode: 0o600 });
    await rename(`${this.#path}.new`, this.#path);
  }
}

function keyOf({ role, node }: Pick<Part, "role" | "node">): string {
  return `${role}/${node}`;
}

/** Ends what a supervisor that was killed left running: asks first, then kills. */
export async function endLeftParts(path: string, clock: Clock): Promise<void> {
  const left = await readIdentities(path);
  await Promise.all(left.map((identity) => signalProcess(identity, "SIGTERM")));
  const end = clock.monotonic() + END_WAIT_MS;
  for (const identity of left) {
    while ((await isAlive(identity)) && clock.monotonic() < end) await clock.sleep(STEP_MS);
    await killProcess(identity, clock);
  }
  await rm(path, { force: true });
}

async function readIdentities(path: string): Promise<readonly ProcessIdentity[]> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as ProcessIdentity[];
  } catch {
    // Absent when the last supervisor ended in order, or after a reboot.
    return [];
  }
}
