import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { ProcessIdentity } from "./process-identity.ts";

export interface FabricState {
  readonly init: ProcessIdentity;
  readonly subnet: string;
  /** The host's end of the veth pair, ours only when `linked`: until then another cluster may have one of that name. */
  readonly link: string;
  readonly linked: boolean;
  readonly egress?: ProcessIdentity;
  /** False while it is being made: then it is made anew. */
  readonly ready: boolean;
}

export interface NodeState {
  readonly init: ProcessIdentity;
  readonly index: number;
  readonly address: string;
  readonly podCidr: string;
  readonly containerd?: ProcessIdentity;
  /** The fabric's init when its link was made. */
  readonly attachedTo?: ProcessIdentity;
  readonly ready: boolean;
}

export interface RunState {
  readonly fabric?: FabricState;
  readonly nodes: Readonly<Record<string, NodeState>>;
}

const EMPTY: RunState = { nodes: {} };

/** What runs now, in a file below /run; lost with a reboot, as what it tells of is. One writer at a time. */
export class RunStateFile {
  readonly #path: string;
  #state: RunState;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, state: RunState) {
    this.#path = path;
    this.#state = state;
  }

  static async open(path: string): Promise<RunStateFile> {
    return new RunStateFile(path, await readState(path));
  }

  get state(): RunState {
    return this.#state;
  }

  node(name: string): NodeState | undefined {
    return Object.hasOwn(this.#state.nodes, name) ? this.#state.nodes[name] : undefined;
  }

  setFabric(fabric: FabricState | undefined): Promise<void> {
    const { nodes } = this.#state;
    return this.#write(fabric ? { fabric, nodes } : { nodes });
  }

  setNode(name: string, node: NodeState | undefined): Promise<void> {
    const others = Object.entries(this.#state.nodes).filter(([other]) => other !== name);
    return this.#write({ ...this.#state, nodes: Object.fromEntries(node ? [...others, [name, node]] : others) });
  }

  async remove(): Promise<void> {
    this.#state = EMPTY;
    await this.#writing;
    await rm(this.#path, { force: true });
  }

  #write(state: RunState): Promise<void> {
    this.#state = state;
    this.#writing = this.#writing.catch(() => {}).then(() => writeAtomically(this.#path, this.#state));
    return this.#writing;
  }
}

async function readState(path: string): Promise<RunState> {
  try {
    const state = JSON.parse(await readFile(path, "utf8")) as Partial<RunState>;
    return { ...state, nodes: state.nodes ?? {} };
  } catch {
    // Absent after a reboot, half-written never; whatever else it is, what runs is found by its cgroup.
    return EMPTY;
  }
}

async function writeAtomically(path: string, state: RunState): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, JSON.stringify(state), { mode: 0o600 });
  await rename(`${path}.new`, path);
}
