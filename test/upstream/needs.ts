/**
 * What the commands below test/ need that npm does not bring: `node test/upstream/needs.ts NEED …` installs what is missing
 * of it, as root on Debian or Ubuntu; elsewhere it says what to install.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { installPackages } from "../../packages/cluster/src/install/apt.ts";

interface Need {
  /** Debian's and Ubuntu's. */
  readonly packages: readonly string[];
  /** Tried, not looked up: what is there need not work. */
  readonly works: () => boolean;
  /** What helps where the packages do not. */
  readonly otherwise?: string;
}

const runs = (program: string, args: readonly string[], input = "") =>
  spawnSync(program, args, { input, stdio: ["pipe", "ignore", "ignore"] }).status === 0;

const NEEDS = {
  go: { packages: ["golang-go"], works: hasGo, otherwise: "Go 1.26 or newer, from https://go.dev/dl" },
  "c-compiler": {
    packages: ["gcc", "libc6-dev"],
    works: () => runs("gcc", ["-x", "c", "-fsyntax-only", "-"], "#include <stdlib.h>\n"),
  },
  "pkg-config": { packages: ["pkg-config"], works: () => runs("pkg-config", ["--version"]) },
  libseccomp: { packages: ["libseccomp-dev"], works: () => runs("pkg-config", ["--exists", "libseccomp"]) },
  flock: { packages: ["util-linux"], works: () => runs("flock", ["--version"]) },
  openssl: { packages: ["openssl"], works: () => runs("openssl", ["version"]) },
  curl: { packages: ["curl"], works: () => runs("curl", ["--version"]) },
} as const satisfies Readonly<Record<string, Need>>;

export type NeedName = keyof typeof NEEDS;

/** A Go that is older fetches the one that a module asks for, unless it is told not to, or is older than 1.21. */
function hasGo(): boolean {
  const go = spawnSync("go", ["version"], { encoding: "utf8", env: { ...process.env, GOTOOLCHAIN: "local" } });
  const toolchain = spawnSync("go", ["env", "GOTOOLCHAIN"], { encoding: "utf8" });
  if (go.status !== 0) return false;
  return isEnough(go.stdout, toolchain.stdout.trim());
}

export function isEnough(version: string, toolchain: string): boolean {
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major) !== 1) return Number(major) > 1;
  const least = toolchain === "auto" || toolchain.endsWith("+auto") ? 21 : 26;
  return Number(minor) >= least;
}

export function missingNeeds(names: readonly NeedName[]): readonly NeedName[] {
  return [...new Set(names)].filter((name) => !NEEDS[name].works());
}

/** The one line that brings them, and what else may help. */
export function installLine(missing: readonly NeedName[]): string {
  const packages = [...new Set(missing.flatMap((name): readonly string[] => NEEDS[name].packages))];
  const others = missing.flatMap((name) => ("otherwise" in NEEDS[name] ? [NEEDS[name].otherwise] : []));
  const line = `sudo apt-get install --yes ${packages.join(" ")}`;
  return others.length === 0 ? line : `${line}\n(where that is too old: ${others.join(", ")})`;
}

interface Machine {
  readonly isRoot: boolean;
  readonly hasApt: boolean;
}

/** How what is missing can be had here: by ourselves, or in words for a person. */
export function wayToGet(missing: readonly NeedName[], { isRoot, hasApt }: Machine): "install" | string {
  if (isRoot && hasApt) return "install";
  return `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing. Run this first:\n\n${installLine(missing)}`;
}

/** Installs what is missing, as root; throws an error that ends with the line that does it when it cannot. */
export function ensureNeeds(names: readonly NeedName[]): void {
  const missing = missingNeeds(names);
  if (missing.length === 0) return;
  const way = wayToGet(missing, { isRoot: process.getuid?.() === 0, hasApt: existsSync("/usr/bin/apt-get") });
  if (way !== "install") throw new Error(way);
  // A process of its own, since those who need it cannot wait for a promise.
  const argv = [fileURLToPath(import.meta.url), ...missing];
  if (spawnSync(process.execPath, argv, { stdio: "inherit" }).status !== 0)
    throw new Error(`${missing.join(", ")} could not be installed. Run this first:\n\n${installLine(missing)}`);
}

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(NEEDS, name));
  if (names.length === 0 || unknown.length > 0)
    throw new Error(`Usage: node test/upstream/needs.ts ${Object.keys(NEEDS).join("|")} …`);
  const missing = missingNeeds(names as readonly NeedName[]);
  if (missing.length === 0) return;
  const way = wayToGet(missing, { isRoot: process.getuid?.() === 0, hasApt: existsSync("/usr/bin/apt-get") });
  if (way !== "install") throw new Error(way);
  const packages = [...new Set(missing.flatMap((name): readonly string[] => NEEDS[name].packages))];
  await installPackages(packages, { onStep: (step) => console.error(`${step} …`) });
  const still = missingNeeds(missing);
  if (still.length > 0)
    throw new Error(`${still.join(", ")} still cannot be used; needed is:\n\n${installLine(still)}`);
}

if (import.meta.main)
  await main(process.argv.slice(2)).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
