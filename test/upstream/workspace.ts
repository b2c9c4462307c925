import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Recipe } from "./programs.ts";
import { CACHE, KUBERNETES, STAGING } from "./versions.ts";

const GO = "1.26.0";
/** Examples; nothing needs them. */
const NOT_REQUIRED = /^k8s\.io\/sample-(cli-plugin|controller)$/;

/** The folder in which a recipe is built, with its go.mod. */
export function ensureWorkspace(recipe: Recipe): string {
  const folder = join(CACHE, recipe.workspace);
  mkdirSync(folder, { recursive: true });
  const goMod = join(folder, "go.mod");
  if (!existsSync(goMod)) {
    const text = recipe.modules === "kubernetes" ? kubernetesGoMod() : goModOf(recipe.modules);
    writeFileSync(`${goMod}.new`, text);
    renameSync(`${goMod}.new`, goMod);
  }
  if (recipe.source !== undefined) {
    mkdirSync(join(folder, recipe.package), { recursive: true });
    writeFileSync(join(folder, recipe.package, "main.go"), recipe.source);
  }
  return folder;
}

function goModOf(modules: Readonly<Record<string, string>>): string {
  const required = Object.entries(modules).map(([path, version]) => `\t${path} ${version}\n`);
  return `module wrapper\n\ngo ${GO}\n\nrequire (\n${required.join("")})\n`;
}

/**
 * The main module replaces its staging repositories by folders of its source tree, which the published module does not
 * have; the wrapper replaces each by its published twin, and keeps the versions of all others.
 */
function kubernetesGoMod(): string {
  const original = readFileSync(downloadedGoMod(), "utf8");
  const staging = [
    ...new Set([...original.matchAll(/^\s*(k8s\.io\/[a-z0-9-]+) => \.\/staging/gm)].map(([, path]) => path!)),
  ].sort();
  const others = [...original.matchAll(/^require \(\n([\s\S]*?)^\)/gm)]
    .flatMap(([, block]) => block!.split("\n"))
    .filter((line) => line.trim() !== "" && !staging.includes(line.trim().split(" ")[0]!));
  const required = staging.filter((path) => !NOT_REQUIRED.test(path)).map((path) => `\t${path} ${STAGING}`);
  return [
    `module wrapper\n\ngo ${GO}\n\ngodebug default=go1.26\n`,
    `require (\n\tk8s.io/kubernetes ${KUBERNETES}\n${[...required, ...others].join("\n")}\n)\n`,
    `replace (\n${staging.map((path) => `\t${path} => ${path} ${STAGING}`).join("\n")}\n)\n`,
  ].join("\n");
}

function downloadedGoMod(): string {
  const scratch = join(CACHE, "download");
  mkdirSync(scratch, { recursive: true });
  try {
    writeFileSync(join(scratch, "go.mod"), goModOf({}));
    const argv = ["mod", "download", "-json", `k8s.io/kubernetes@${KUBERNETES}`];
    const text = execFileSync("go", argv, { cwd: scratch, encoding: "utf8" });
    return (JSON.parse(text) as { GoMod: string }).GoMod;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
