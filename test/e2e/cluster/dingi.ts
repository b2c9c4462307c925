import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CoreV1Api, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";

const run = promisify(execFile);
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
export const PROGRAM = join(ROOT, "dingi");

interface StatusProcess {
  readonly role: string;
  readonly node: string;
  readonly pid: number;
  readonly state: string;
}

interface DingiStatus {
  readonly phase: string;
  readonly serves: boolean;
  readonly problems: readonly string[];
  readonly processes: readonly StatusProcess[];
  readonly nodes: readonly { readonly name: string; readonly ready: boolean }[];
}

interface RecordedMachine {
  readonly fabric: { readonly init: { readonly pid: number }; readonly egress?: { readonly pid: number } };
  readonly nodes: Readonly<
    Record<string, { readonly init: { readonly pid: number }; readonly containerd?: { readonly pid: number } }>
  >;
}

interface Failure {
  readonly code: number;
  readonly stderr: string;
}

export async function failureOf(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<Failure> {
  try {
    await run(program, args, { env, cwd: ROOT });
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, stderr };
  }
  throw new Error(`"${program} ${args.join(" ")}" succeeded`);
}

/** The command line, with a home and a kubeconfig of its own. */
export class Dingi implements AsyncDisposable {
  readonly name: string;
  readonly home: string;
  readonly kubeconfig: string;

  private constructor(name: string, home: string) {
    this.name = name;
    this.home = join(home, "dingi");
    this.kubeconfig = join(home, "kubeconfig");
  }

  static async create(name: string): Promise<Dingi> {
    return new Dingi(name, await mkdtemp(join(tmpdir(), "dingi-e2e-")));
  }

  /** Below a directory that is there and stays. */
  static inDirectory(name: string, directory: string): Dingi {
    return new Dingi(name, directory);
  }

  async run(...args: string[]): Promise<string> {
    const { stdout } = await run(PROGRAM, args, { env: this.env, cwd: ROOT, maxBuffer: 16 * 1024 * 1024 });
    return stdout;
  }

  /** A command that must not succeed. */
  async fail(...args: string[]): Promise<Failure> {
    return await failureOf(PROGRAM, args, this.env);
  }

  get env(): NodeJS.ProcessEnv {
    return { ...process.env, DINGI_HOME: this.home, KUBECONFIG: this.kubeconfig };
  }

  get core(): CoreV1Api {
    return this.#config().makeApiClient(CoreV1Api);
  }

  get objects(): KubernetesObjectApi {
    return KubernetesObjectApi.makeApiClient(this.#config());
  }

  get server(): string {
    return this.#config().getCurrentCluster()!.server;
  }

  #config(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromFile(this.kubeconfig);
    return config;
  }

  /** What a supervisor noted of the processes of its machine. */
  async machine(): Promise<RecordedMachine> {
    return JSON.parse(await readFile(join(this.runDirectory, "machine.json"), "utf8")) as RecordedMachine;
  }

  get runDirectory(): string {
    return join("/run/dingi", this.name);
  }

  async logOf(component: string): Promise<string> {
    return await readFile(join(this.home, "clusters", this.name, "log", component), "utf8");
  }

  async up(...args: string[]): Promise<string> {
    return await this.run("up", "--name", this.name, ...args);
  }

  async status(): Promise<DingiStatus> {
    return JSON.parse(await this.run("status", "--name", this.name, "-o", "json")) as DingiStatus;
  }

  async pidOf(role: string, node = ""): Promise<number> {
    const found = (await this.status()).processes.find(
      (entry) => entry.role === role && (node === "" || entry.node === node),
    );
    if (!found || found.pid <= 0) throw new Error(`No process of role "${role}" runs`);
    return found.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run("delete", "--name", this.name);
    await rm(this.home, { recursive: true, force: true });
    await rm(this.kubeconfig, { force: true });
    await rmdir(dirname(this.home)).catch(() => {}); // A mount point stays.
  }
}
