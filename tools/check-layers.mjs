// Who may import whom. The table is ARCHITECTURE.md's.
import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, posix } from "node:path";
import { isProgram, report, ROOT } from "./laws/law.mjs";
import { importsOf } from "./laws/source-text.mjs";
import { sourceFiles } from "./laws/source-tree.mjs";

/** Package → what it imports directly; it may import what those may import, too. */
const LAYERS = {
  base: [],
  "component-base": ["base"],
  apimachinery: ["base"],
  cel: ["apimachinery"],
  api: ["apimachinery", "cel"],
  grpc: ["base"],
  store: ["base", "grpc"],
  cri: ["base", "grpc"],
  client: ["apimachinery", "api"],
  // `client` only for its own webhooks, aggregated servers and in-process transport.
  apiserver: ["apimachinery", "api", "store", "client", "component-base"],
  "controller-runtime": ["client"],
  "controller-manager": ["client", "controller-runtime", "component-base"],
  "cloud-controller-manager": ["client", "controller-runtime", "component-base"],
  scheduler: ["client", "component-base"],
  autoscaler: ["client", "controller-runtime", "component-base"],
  kubelet: ["client", "cri", "component-base"],
  proxy: ["client", "component-base"],
  dns: ["client", "component-base"],
  ingress: ["client", "component-base"],
  metrics: ["client", "component-base"],
  kubectl: ["client", "component-base"],
  dashboard: [],
  cluster: "all",
  testing: "all",
};

/** @returns {Set<string>} Every package that `name` may import. */
export function allowedFor(name, layers = LAYERS) {
  const direct = layers[name];
  if (direct === "all") return new Set(Object.keys(layers).filter((other) => other !== name && other !== "testing"));
  const allowed = new Set(direct);
  for (const other of direct) for (const more of allowedFor(other, layers)) allowed.add(more);
  return allowed;
}

/**
 * @param {import("./laws/source-tree.mjs").SourceFile[]} files
 * @param {(name: string) => Set<string> | undefined} dependenciesOf What a package's package.json declares.
 * @returns {import("./laws/law.mjs").Violation[]}
 */
export function checkLayers(files, dependenciesOf) {
  return files
    .filter((file) => file.package !== undefined)
    .flatMap((file) =>
      importsOf(file.text).flatMap(({ specifier, line }) => {
        const message = flawOf(file, specifier, dependenciesOf);
        return message ? [{ path: file.path, line, message }] : [];
      }),
    );
}

function flawOf(file, specifier, dependenciesOf) {
  if (specifier.startsWith(".")) return relativeFlaw(file, specifier);
  if (isBuiltin(specifier)) return specifier.startsWith("node:") ? undefined : `Write "node:${specifier}"`;
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  if (name.startsWith("@dingi/")) return packageFlaw(file, { specifier, name }, dependenciesOf);
  if (file.isTest || dependenciesOf(file.package)?.has(name)) return undefined;
  return file.path.includes("-contract.") || file.path.includes("-model.")
    ? undefined
    : `"${name}" is not in the package's dependencies`;
}

function relativeFlaw(file, specifier) {
  const target = posix.normalize(posix.join(dirname(file.path), specifier));
  if (!target.startsWith(`packages/${file.package}/`)) {
    return file.isTest ? undefined : `"${specifier}" leaves the package; import "@dingi/…"`;
  }
  if (file.isTest || file.package !== "api") return undefined;
  const [own, other] = [kindFolder(file.path), kindFolder(target)];
  const strategy = other !== undefined && own !== other && target.endsWith("/strategy.ts");
  return strategy ? `"${specifier}" is another kind's strategy` : undefined;
}

function kindFolder(path) {
  return /^packages\/api\/src\/[^/]+\/[^/]+(?=\/)/.exec(path)?.[0];
}

function packageFlaw(file, { specifier, name }, dependenciesOf) {
  const target = name.slice("@dingi/".length);
  if (specifier !== name) return `"${specifier}" reaches into a package; import "${name}"`;
  if (target === file.package) return `"${specifier}" is the package itself; import its file`;
  if (file.isTest) return undefined;
  if (!(file.package in LAYERS)) return `The package "${file.package}" is not in the table of layers`;
  if (!allowedFor(file.package).has(target)) return `"${file.package}" may not import "${target}"`;
  return dependenciesOf(file.package)?.has(name) ? undefined : `"${name}" is not in the package's dependencies`;
}

/** @param {string} root */
function declaredDependencies(root) {
  const known = new Map();
  return (name) => {
    if (!known.has(name)) known.set(name, read(join(root, "packages", name, "package.json")));
    return known.get(name);
  };
}

function read(path) {
  if (!existsSync(path)) return undefined;
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(path, "utf8"));
  return new Set([...Object.keys(dependencies), ...Object.keys(optionalDependencies)]);
}

if (isProgram(import.meta.url)) {
  report("check-layers", { violations: checkLayers(sourceFiles(ROOT), declaredDependencies(ROOT)) });
}
