/**
 * Builds upstream's programs from their Go modules, once per machine: `node test/upstream/build.ts [--list] [PROGRAM …]`.
 * Needs Go and its module proxy, and for some programs a C compiler and libraries, which it installs as root (needs.ts). Everything takes about twenty minutes on two cores.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { ensureNeeds, type NeedName } from "./needs.ts";
import { PROGRAMS } from "./programs.ts";
import { BIN, CACHE, upstreamProgram } from "./versions.ts";
import { ensureWorkspace } from "./workspace.ts";

/** What must be on the machine to build these. */
export function needsOf(names: readonly string[]): readonly NeedName[] {
  const recipes = names.map((name) => PROGRAMS[name]!);
  return [
    ...new Set<NeedName>([
      "go",
      "flock",
      ...(recipes.some(({ cgo }) => cgo) ? (["c-compiler"] as const) : []),
      ...recipes.flatMap(({ needs = [] }) => needs),
    ]),
  ];
}

/** Those of `names` that are not built yet. */
function missingPrograms(names: readonly string[]): readonly string[] {
  return names.filter((name) => !existsSync(upstreamProgram(name)));
}

/** Builds what is missing; throws when it cannot. */
export function ensurePrograms(names: readonly string[]): void {
  const unknown = names.filter((name) => !(name in PROGRAMS));
  if (unknown.length > 0)
    throw new Error(`"${unknown.join('", "')}" is none of upstream's programs; see node test/upstream/build.ts --list`);
  const missing = missingPrograms(names);
  if (missing.length === 0) return;
  ensureNeeds(needsOf(missing));
  mkdirSync(BIN, { recursive: true });
  for (const name of missing) build(name);
}

function build(name: string): void {
  const recipe = PROGRAMS[name]!;
  const { cgo = false, tags = "", ldflags = "", isTest = false } = recipe;
  console.log(`Building ${name} …`);
  const output = upstreamProgram(name);
  const folder = ensureWorkspace(recipe);
  const flags = ["-mod=mod", "-trimpath", "-tags", tags, "-ldflags", `-s -w ${ldflags}`, "-o", `${output}.new`];
  const argv = [...(isTest ? ["test", "-c"] : ["build"]), ...flags, recipe.package];
  // One build at a time on a machine; who waited finds it done.
  const script = 'test -x "$1" && exit 0; out=$1; shift; "$@" && mv "$out.new" "$out"';
  execFileSync("flock", [join(CACHE, "lock"), "sh", "-c", script, "sh", output, "go", ...argv], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, CGO_ENABLED: cgo ? "1" : "0" },
  });
}

if (import.meta.main) {
  const names = process.argv.slice(2);
  if (names.includes("--list"))
    for (const name of Object.keys(PROGRAMS))
      console.log(`${existsSync(upstreamProgram(name)) ? "built  " : "missing"} ${name}`);
  else {
    ensurePrograms(names.length > 0 ? names : Object.keys(PROGRAMS));
    console.log(`Upstream's programs are in ${BIN}`);
  }
}
