import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { yamlToJsonValue } from "@dingi/apimachinery";
import { CommandError } from "../command-error.ts";
import { isJson, textAt, at, listAt, type Json } from "../json.ts";

export interface Named {
  readonly name: string;
  readonly value: Json;
  /** The directory that relative file names are resolved against. */
  readonly directory: string;
}

/** Several files read as one: the first that names a thing wins. */
export interface Kubeconfig {
  /** The file that settings are written to. */
  readonly path: string;
  readonly clusters: readonly Named[];
  readonly users: readonly Named[];
  readonly contexts: readonly Named[];
  readonly currentContext: string;
}

/** Upstream: client-go/tools/clientcmd/loader.go#ClientConfigLoadingRules.Load */
export function loadKubeconfig(
  explicit: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Kubeconfig {
  const paths = explicit === undefined ? defaultPaths(env) : [explicit];
  const files = paths.map((path) => ({ path, content: readConfig(path, explicit !== undefined) }));
  const present = files.filter((file) => file.content !== undefined);
  const gather = (list: string, field: string): Named[] =>
    present.flatMap(({ path, content }) => entries(path, content, [list, field])).filter(firstOfName);
  return {
    path: (present[0] ?? files[0])?.path ?? "",
    clusters: gather("clusters", "cluster"),
    users: gather("users", "user"),
    contexts: gather("contexts", "context"),
    currentContext: present.map(({ content }) => textAt(content, "current-context")).find((name) => name !== "") ?? "",
  };
}

function defaultPaths(env: Readonly<Record<string, string | undefined>>): string[] {
  const listed = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  return listed.length > 0 ? [...new Set(listed)] : [join(env["HOME"] ?? homedir(), ".kube", "config")];
}

function readConfig(path: string, mustExist: boolean): Json | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if (!mustExist && (cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    const why = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "no such file or directory" : String(cause);
    throw new CommandError(mustExist ? `stat ${path}: ${why}` : `open ${path}: ${why}`, { cause });
  }
  const { value } = yamlToJsonValue(text);
  if (value === null || value === undefined) return {};
  if (!isJson(value)) throw new CommandError(`error loading config file "${path}": it is not a mapping`);
  checkType(path, value);
  return value;
}

/** Upstream: client-go/tools/clientcmd/loader.go#Load, whose defaults are these */
function checkType(path: string, config: Json): void {
  const [version, kind] = [textAt(config, "apiVersion") || "v1", textAt(config, "kind") || "Config"];
  if (version === "v1" && kind === "Config") return;
  throw new CommandError(
    `error loading config file "${path}": no kind "${kind}" is registered for version "${version}" in scheme "pkg/runtime/scheme.go:111"`,
  );
}

function entries(
  path: string,
  content: unknown,
  [list, field]: readonly [string, string] | readonly string[],
): Named[] {
  return listAt(content, list ?? "").map((entry) => {
    const value = at(entry, field ?? "");
    return { name: textAt(entry, "name"), value: isJson(value) ? value : {}, directory: dirname(resolve(path)) };
  });
}

function firstOfName(entry: Named, index: number, all: readonly Named[]): boolean {
  return all.findIndex(({ name }) => name === entry.name) === index;
}
