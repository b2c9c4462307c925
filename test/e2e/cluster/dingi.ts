import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

export interface DingiStatus {
  readonly phase: string;
  readonly processes: readonly { readonly role: string; readonly node: string; readonly pid: number }[];
  readonly nodes: readonly { readonly name: string; readonly ready: boolean }[];
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

  async run(...args: string[]): Promise<string> {
    const env = { ...process.env, DINGI_HOME: this.home, KUBECONFIG: this.kubeconfig };
    const { stdout } = await run(join(ROOT, "dingi"), args, { env, cwd: ROOT, maxBuffer: 16 * 1024 * 1024 });
    return stdout;
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
    await rm(dirname(this.home), { recursive: true, force: true });
  }
}
