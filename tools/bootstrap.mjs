// Runs on Node 20: brings the dependencies, Node 26 among them, and starts the tool with it.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isProgram } from "./laws/law.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const NEEDED_MAJOR = 26;
const TOOLS = {
  test: "tools/run-tests.mjs",
  ok: "tools/ok.mjs",
  gen: "tools/gen/gen.mjs",
  conformance: "test/conformance/run.ts",
  swap: "test/swap/run.ts",
  bench: "test/bench/run.ts",
  mutants: "tools/mutants/mutants.mjs",
  manifests: "test/parity/manifests.ts",
};

/**
 * Errors alone: warnings are of this Node, which only starts the newer one that comes with the packages, and news of npm
 * itself. What is said first is ours.
 */
const NPM_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];

/**
 * Whether what is installed is what the lockfile says. Compared by content: a checkout changes times, not packages.
 * @param {{ packages: Record<string, object> }} lock The lockfile.
 * @param {{ packages: Record<string, object> } | undefined} installed What npm wrote below node_modules.
 */
export function isInstalled(lock, installed) {
  if (!installed) return false;
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (wanted.optional) return true;
    // Workspaces are links to our own folders.
    if (!path.includes("node_modules/") || wanted.link) return true;
    const found = installed.packages[path];
    return found !== undefined && found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/** Installs what is missing or other than the lockfile says. */
export function ensureInstalled(root = ROOT) {
  const lock = readJson(join(root, "package-lock.json"));
  const installed = join(root, "node_modules/.package-lock.json");
  if (lock && isInstalled(lock, readJson(installed))) return;
  console.log("Installing the npm packages of the lockfile …");
  const npm = spawnSync("npm", NPM_CI, { cwd: root, stdio: "inherit" });
  if (npm.error) throw new Error("npm is needed and could not be started; install npm", { cause: npm.error });
  if (npm.status !== 0) process.exit(npm.status ?? 1);
}

function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

/** This Node when it is new enough, else the one among the packages. */
export function findNode(root = ROOT) {
  if (Number(process.versions.node.split(".")[0]) >= NEEDED_MAJOR) return process.execPath;
  const packaged = join(root, "node_modules/.bin/node");
  if (existsSync(packaged)) return packaged;
  console.error(`Node ${NEEDED_MAJOR} or newer is needed and there is no package of it for this machine; install it`);
  return process.exit(1);
}

/**
 * What a program says of itself: the comment that it begins with.
 * @param {string} source Its text.
 */
export function openingComment(source) {
  const [block] = source.match(/^\/\*\*[^]*?\*\/|^(?:\/\/.*\n)+/) ?? [""];
  const lines = block.replace(/\*\/$/, "").split("\n");
  return lines
    .map((line) => line.replace(/^\s*(\/\*\*|\*|\/\/) ?/, "").trimEnd())
    .join("\n")
    .trim();
}

function main([name, ...rest]) {
  const tool = TOOLS[name];
  if (!tool) {
    console.error(`Usage: node tools/bootstrap.mjs ${Object.keys(TOOLS).join("|")} [options]`);
    return process.exit(2);
  }
  if (rest.includes("--help")) return console.log(openingComment(readFileSync(join(ROOT, tool), "utf8")));
  ensureInstalled();
  const bin = join(ROOT, "node_modules/.bin");
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env.PATH ?? ""}`,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(ROOT, "node_modules/.cache/compile"),
  };
  const child = spawnSync(findNode(), [join(ROOT, tool), ...rest], { cwd: ROOT, env, stdio: "inherit" });
  if (child.error) throw child.error;
  process.exit(child.status ?? 1);
}

if (isProgram(import.meta.url)) main(process.argv.slice(2));
