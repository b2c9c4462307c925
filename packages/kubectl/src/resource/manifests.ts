import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { splitYamlDocuments, yamlToJsonValue } from "@dingi/apimachinery";
import { CommandError } from "../command-error.ts";
import { readAll, type Io } from "../io.ts";
import { isJson, textAt, type AnyObject, type Json } from "../json.ts";

export interface Manifest {
  readonly object: AnyObject;
  /** The file it was read from, "STDIN" or a URL: for messages. */
  readonly source: string;
}

const EXTENSIONS = new Set([".json", ".yaml", ".yml"]);

/** The objects of files, directories, URLs and "-", lists taken apart. */
export async function readManifests(
  names: readonly string[],
  options: { io: Io; recursive: boolean },
): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const name of names.flatMap((each) => each.split(","))) {
    for (const { source, text } of await readSources(name, options)) manifests.push(...parseManifests(text, source));
  }
  if (manifests.length === 0) throw new CommandError("no objects passed to apply");
  return manifests;
}

function parseManifests(text: string, source: string): Manifest[] {
  return splitYamlDocuments(text).flatMap((document) => {
    const value = parse(document, source);
    return value === null || value === undefined ? [] : expand(value, source);
  });
}

async function readSources(
  name: string,
  { io, recursive }: { io: Io; recursive: boolean },
): Promise<{ source: string; text: string }[]> {
  if (name === "-") return [{ source: "STDIN", text: await readAll(io.stdin) }];
  if (/^https?:\/\//.test(name)) return [{ source: name, text: await download(name) }];
  const found = statSync(name, { throwIfNoEntry: false });
  if (!found) throw new CommandError(`the path "${name}" does not exist`);
  const files = found.isDirectory() ? filesOf(name, recursive) : [name];
  if (files.length === 0)
    throw new CommandError(`error reading [${name}]: recognized file extensions are [.json .yaml .yml]`);
  return files.map((file) => ({ source: file, text: readFileSync(file, "utf8") }));
}

function filesOf(directory: string, recursive: boolean): string[] {
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return recursive ? filesOf(path, true) : [];
    return EXTENSIONS.has(extname(entry.name)) ? [path] : [];
  });
}

async function download(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok)
    throw new CommandError(
      `unable to read URL "${url}", server reported ${response.status} ${response.statusText}, status code=${response.status}`,
    );
  return await response.text();
}

function parse(document: string, source: string): unknown {
  try {
    return yamlToJsonValue(document).value;
  } catch (cause) {
    throw new CommandError(`error parsing ${source}: ${(cause as Error).message}`, { cause });
  }
}

function expand(value: unknown, source: string): Manifest[] {
  if (!isJson(value)) throw new CommandError(`unable to decode "${source}": it is not an object`);
  for (const field of ["apiVersion", "kind"]) {
    if (textAt(value, field) === "")
      throw new CommandError(
        `error validating "${source}": error validating data: ${field} not set; if you choose to ignore these errors, turn validation off with --validate=false`,
      );
  }
  if (textAt(value, "kind").endsWith("List") && Array.isArray(value["items"]))
    return (value["items"] as Json[]).flatMap((item) => expand(item, source));
  return [
    { object: { ...value, metadata: isJson(value["metadata"]) ? { ...value["metadata"] } : {} } as AnyObject, source },
  ];
}
