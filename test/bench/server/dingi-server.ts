import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { MeasuredServer, ServerOptions } from "./server.ts";

const run = promisify(execFile);
const PROGRAM = resolve(import.meta.dirname, "../../../dingi");
const NAME = "bench";

/** dingi's control plane in a process of its own, without nodes. */
export async function startDingi({ controllers }: ServerOptions): Promise<MeasuredServer> {
  const home = await mkdtemp(join(tmpdir(), "dingi-bench-"));
  const env = { ...process.env, DINGI_HOME: home, KUBECONFIG: join(home, "config") };
  const dingi = async (...args: readonly string[]) =>
    (await run(PROGRAM, [...args, "--name", NAME], { env })).stdout.trim();
  const end = async () => {
    await dingi("delete");
    await rm(home, { recursive: true, force: true });
  };
  const without = controllers ? [] : ["--disable", "scheduler,controller-manager"];
  try {
    await dingi("up", "--runtime", "simulated", "--nodes", "0", ...without);
  } catch (error) {
    await end();
    throw error;
  }
  const status = JSON.parse(await dingi("status", "-o", "json")) as { processes: { role: string; pid: number }[] };
  return {
    name: "dingi",
    kubeconfig: await dingi("kubeconfig"),
    pids: status.processes.filter(({ role }) => role === "control-plane").map(({ pid }) => pid),
    data: join(home, "clusters", NAME, "store"),
    [Symbol.asyncDispose]: end,
  };
}
