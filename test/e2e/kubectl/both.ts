import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const RELEASE = "v1.37.1";
const MINOR = "v1.37";

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Upstream's kubectl of our minor release, when this machine has it: those before it had other words. */
export function upstreamKubectl(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env["DINGI_UPSTREAM_BIN"];
  const directories = [
    ...(named ? [named] : []),
    join(homedir(), ".cache/upstream-kubernetes", RELEASE, "bin"),
    ...(env["PATH"] ?? "").split(delimiter),
  ];
  return directories
    .map((directory) => join(directory, "kubectl"))
    .find((path) => existsSync(path) && minorOf(path) === MINOR);
}

/** Undefined of what is no kubectl. */
function minorOf(path: string): string | undefined {
  try {
    const text = execFileSync(path, ["version", "--client", "--output=json"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 30_000,
    });
    const { clientVersion } = JSON.parse(text) as { clientVersion?: { gitVersion?: string } };
    return /^v1\.\d+/.exec(clientVersion?.gitVersion ?? "")?.[0];
  } catch {
    return undefined;
  }
}

/** One of the two programs, always with the same kubeconfig. */
export class Kubectl {
  readonly #command: readonly string[];
  readonly #kubeconfig: string;

  private constructor(command: readonly string[], kubeconfig: string) {
    this.#command = command;
    this.#kubeconfig = kubeconfig;
  }

  static ours(kubeconfig: string): Kubectl {
    return new Kubectl([process.execPath, join(ROOT, "test/e2e/kubectl/ours.ts")], kubeconfig);
  }

  static upstreams(path: string, kubeconfig: string): Kubectl {
    return new Kubectl([path], kubeconfig);
  }

  async run(args: readonly string[], input = ""): Promise<Answer> {
    const { promise, resolve: done, reject } = Promise.withResolvers<Answer>();
    const [file = "", ...first] = this.#command;
    const env = { ...process.env, KUBECONFIG: this.#kubeconfig };
    const child = spawn(file, [...first, ...args], { env, timeout: 180_000 });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => done({ code: code ?? -1, ...output }));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    return await promise;
  }

  /** Goes on in the background until it is ended; `said` resolves with the match of what it prints. */
  start(args: readonly string[]): { said(pattern: RegExp): Promise<RegExpExecArray>; end(): Promise<void> } {
    const [file = "", ...first] = this.#command;
    const child = spawn(file, [...first, ...args], { env: { ...process.env, KUBECONFIG: this.#kubeconfig } });
    let text = "";
    const wake: (() => void)[] = [];
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      for (const each of wake.splice(0)) each();
    });
    const closed = new Promise<void>((done) => child.on("close", () => done()));
    return {
      said: async (pattern) => {
        for (;;) {
          const match = pattern.exec(text);
          if (match) return match;
          if (child.exitCode !== null) throw new Error(`It ended without saying ${pattern}: ${text}`);
          await new Promise<void>((done) => wake.push(done));
        }
      },
      end: async () => {
        child.kill("SIGINT");
        await closed;
      },
    };
  }
}

/** What differs from one run to the next is put out of sight: ages, times, and random parts of names. */
export function comparable({ code, stdout, stderr }: Answer): Answer {
  const mask = (text: string) =>
    text
      .replaceAll(/\b(\d+[dhms])+( ago)?\b *(?=\s|$|\()/g, "AGE ")
      .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "TIME")
      .replaceAll(/\(x\d+ over/g, "(xN over")
      .replaceAll(/"[0-9a-f]{64}"/g, '"ID"');
  return { code, stdout: mask(stdout), stderr: mask(stderr) };
}
