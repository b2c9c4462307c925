// `Upstream: path#symbol` says where a rule was read. With upstream's sources in Go's module cache, as test/upstream
// puts them there, each is looked up; a rule that has moved or gone wants to be read again.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { isProgram, report, ROOT } from "./laws/law.mjs";
import { lineAt } from "./laws/source-text.mjs";
import { sourceFiles } from "./laws/source-tree.mjs";

const KUBERNETES = process.env.K8S_VERSION ?? "v1.37.1";
const STAGING = KUBERNETES.replace(/^v1\./, "v0.");
/** Of a crumb, what looks like one: a path of at least two parts to a file, a symbol, or both. */
const CRUMB = /(?<path>…|[\w.-]+(?:\/[\w.@-]+)+)?(?:#(?<symbol>[\w.]+))?/y;
/** Go's own library, and programs that are not Kubernetes': their versions are not pinned here, so nothing is looked up. */
const FOREIGN =
  /^(go\/src|net|crypto|syscall|etcd|containerd|opencontainers|libcontainer|(?!sigs\.k8s\.io|k8s\.io)[\w-]+\.[\w.-]+)\//;
const BRACES = /\{[^}]*\}/;

/** @typedef {{ paths: string[], symbol?: string, line: number }} Breadcrumb It is in one of these places. */

/**
 * @param {string} text A module's source.
 * @returns {Breadcrumb[]} Braces are spelled out; "…" is a place that the module has named before.
 */
export function breadcrumbsOf(text) {
  const named = [];
  const crumbs = [];
  for (const match of text.matchAll(/Upstream: ((?:.|\n \*(?!\/) )*?)(?:\*\/|\n(?! \* )|$)/g)) {
    const line = lineAt(text, match.index);
    for (const part of spellOut(match[1].replaceAll("\n *", " ")).split(/[,;\s]+/)) {
      CRUMB.lastIndex = 0;
      const { path = "…", symbol } = CRUMB.exec(part)?.groups ?? {};
      if (symbol === undefined && !isFile(path)) continue;
      if (path !== "…") named.unshift(path);
      if (named.length > 0)
        crumbs.push({ paths: path === "…" ? [...named] : [path], symbol: symbol?.replace(/\.$/, ""), line });
    }
  }
  return crumbs;
}

function isFile(path) {
  return /\.(go|proto)$/.test(path);
}

/** "a/{b,c}.go" → "a/b.go a/c.go" */
function spellOut(text) {
  return text.replaceAll(/\S*\{[^}]*\}\S*/g, (word) =>
    BRACES.exec(word)[0]
      .slice(1, -1)
      .split(",")
      .map((one) => word.replace(BRACES, one))
      .join(" "),
  );
}

/** Upstream's own files, by the last part of their paths. */
export class UpstreamSources {
  #byName = new Map();
  #texts = new Map();

  /** @param {string} modules Go's module cache. */
  constructor(modules) {
    for (const directory of moduleDirectories(modules)) this.#add(modules, directory);
  }

  #add(modules, directory) {
    for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
      if (!entry.isFile() || !/\.(go|proto)$/.test(entry.name)) continue;
      const file = join(entry.parentPath, entry.name);
      const path = withoutVersions(relative(modules, file));
      for (const key of [entry.name, path.split("/").at(-2)]) {
        if (!this.#byName.has(key)) this.#byName.set(key, []);
        this.#byName.get(key).push({ path, file });
      }
    }
  }

  /** Whether the place is there, and names the symbol. */
  has({ paths, symbol }) {
    const places = paths.flatMap((path) => this.#places(path));
    const name = symbol?.split(".").at(-1);
    return places.some(({ file }) => name === undefined || new RegExp(`\\b${name}\\b`).test(this.#text(file)));
  }

  /** A file, or the files of a directory; `path` may begin anywhere in the whole one. */
  #places(path) {
    const candidates = this.#byName.get(path.split("/").at(-1)) ?? [];
    const wanted = withoutVersions(path);
    return candidates.filter((candidate) => {
      const whole = isFile(path) ? candidate.path : candidate.path.slice(0, candidate.path.lastIndexOf("/"));
      return whole === wanted || whole.endsWith(`/${wanted}`);
    });
  }

  #text(file) {
    if (!this.#texts.has(file)) this.#texts.set(file, readFileSync(file, "utf8"));
    return this.#texts.get(file);
  }
}

/** "sigs.k8s.io/structured-merge-diff/v6@v6.3.0/merge" → "sigs.k8s.io/structured-merge-diff/merge" */
function withoutVersions(path) {
  return path.replaceAll(/\/v\d+@[^/]+|@[^/]+/g, "");
}

/** Of Kubernetes its release, of others what is there. */
function moduleDirectories(modules) {
  const isOurs = (name) =>
    name.endsWith(`@${STAGING}`) || name === `kubernetes@${KUBERNETES}` || /^(kube-openapi|utils)@/.test(name);
  const of = (host, wanted = () => true) =>
    existsSync(join(modules, host))
      ? readdirSync(join(modules, host))
          .filter(wanted)
          .map((name) => join(modules, host, name))
      : [];
  return [...of("k8s.io", isOurs), ...of("sigs.k8s.io"), ...of("gopkg.in/evanphx"), ...of("github.com/emicklei")];
}

/**
 * @param {import("./laws/source-tree.mjs").SourceFile[]} files
 * @param {UpstreamSources} sources
 * @returns {import("./laws/law.mjs").Violation[]}
 */
export function checkBreadcrumbs(files, sources) {
  const looked = files.filter(({ path }) => !path.startsWith("tools/"));
  return looked.flatMap(({ path, text }) =>
    breadcrumbsOf(text)
      .filter((crumb) => !crumb.paths.some((place) => FOREIGN.test(place)) && !sources.has(crumb))
      .map((crumb) => ({
        path,
        line: crumb.line,
        message: `Upstream has no "${crumb.paths[0]}${crumb.symbol ? `#${crumb.symbol}` : ""}"`,
      })),
  );
}

/** Where Go keeps modules. */
function moduleCache() {
  const own = process.env.GOMODCACHE ?? join(process.env.GOPATH ?? join(homedir(), "go"), "pkg/mod");
  if (existsSync(own)) return own;
  try {
    return execFileSync("go", ["env", "GOMODCACHE"], { encoding: "utf8" }).trim();
  } catch {
    return own;
  }
}

if (isProgram(import.meta.url)) {
  const modules = moduleCache();
  if (existsSync(join(modules, "k8s.io", `kubernetes@${KUBERNETES}`))) {
    report("check-breadcrumbs", { violations: checkBreadcrumbs(sourceFiles(ROOT), new UpstreamSources(modules)) });
  } else {
    const how = "node test/upstream/build.ts kube-apiserver brings them";
    report("check-breadcrumbs", {
      violations: [],
      notes: [`Not looked up: upstream's sources are not in ${modules}; ${how}`],
    });
  }
}
