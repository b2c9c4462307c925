// Runs on Node 20: brings the dependencies, then starts the command line with Node 26.
import { spawn } from "node:child_process";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureInstalled, findNode } from "./bootstrap.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");

ensureInstalled();
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "dingi", "compile");
const env = { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? cache };
const child = spawn(findNode(), [join(ROOT, "packages/cluster/src/main.ts"), ...process.argv.slice(2)], {
  stdio: "inherit",
  env,
});
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => child.kill(name));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
