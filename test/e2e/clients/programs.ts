import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureNeeds } from "../../upstream/needs.ts";
import { CACHE, upstreamProgram } from "../../upstream/versions.ts";

const SOURCE = fileURLToPath(new URL("client-go", import.meta.url));

export interface Program {
  readonly path: string;
}

/**
 * The program of `client-go/`, built with the versions that its go.sum pins; or why there is none here.
 * Minutes at first, seconds afterwards: Go keeps what it has compiled.
 */
export function clientGoProgram(): Program | string {
  try {
    ensureNeeds(["go", "flock"]);
  } catch (error) {
    return (error as Error).message;
  }
  const download = spawnSync("go", ["mod", "download"], { cwd: SOURCE, encoding: "utf8" });
  if (download.status !== 0) return `client-go cannot be had: ${lastLine(download.stderr)}`;
  mkdirSync(CACHE, { recursive: true });
  const path = join(CACHE, "bin", "client-go-checks");
  const argv = [join(CACHE, "client-go.lock"), "go", "build", "-mod=readonly", "-trimpath", "-o", path, "."];
  execFileSync("flock", argv, { cwd: SOURCE, stdio: ["ignore", "inherit", "inherit"] });
  return { path };
}

/** Upstream's helm, or why there is none here. It is not built for this: that takes minutes. */
export function helmProgram(): Program | string {
  const path = upstreamProgram("helm");
  return existsSync(path) ? { path } : "helm is not built: node test/upstream/build.ts helm";
}

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function run(program: Program, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const child = spawn(program.path, args, { env });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
  child.on("error", reject);
  child.on("close", (code) => resolve({ code: code ?? -1, ...said }));
  return await promise;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
