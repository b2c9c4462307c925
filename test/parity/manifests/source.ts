import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CORE_SCHEMA, load } from "js-yaml";

/** One document of a file, as its author wrote it. */
export interface Manifest {
  /** "FILE#2": the second document. */
  readonly from: string;
  readonly text: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty where there is none. */
  readonly namespace: string;
  /** Of an object without a name, what its name begins with. */
  readonly name: string;
  readonly isGenerated: boolean;
}

interface Manifests {
  readonly manifests: readonly Manifest[];
  readonly files: number;
  /** Documents that are no YAML, as templates are. */
  readonly unreadable: number;
  /** Documents that are not about an object: values, configuration, lists of anything. */
  readonly others: number;
  /** Documents that stood somewhere else already. */
  readonly repeated: number;
}

/** Everything below the directories that looks like an object; each text once. */
export function readManifests(directories: readonly string[]): Manifests {
  const manifests: Manifest[] = [];
  const count = { files: 0, unreadable: 0, others: 0, repeated: 0 };
  const seen = new Set<string>();
  for (const file of directories.flatMap(yamlFiles)) {
    count.files++;
    for (const [i, text] of documentsOf(readFileSync(file, "utf8")).entries()) {
      const hash = createHash("sha256").update(text.trim()).digest("base64");
      const found = read(text, `${file}#${i + 1}`);
      if (found === "unreadable" || found === "others") count[found]++;
      else if (seen.has(hash)) count.repeated++;
      else manifests.push(found);
      seen.add(hash);
    }
  }
  return { manifests, ...count };
}

function yamlFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

export function documentsOf(text: string): string[] {
  return text.split(/^---(?=\s|$).*\n?/m).filter((document) => document.replaceAll(/^\s*#.*$/gm, "").trim() !== "");
}

function read(text: string, from: string): Manifest | "unreadable" | "others" {
  let value: unknown;
  try {
    value = load(text, { schema: CORE_SCHEMA, json: true });
  } catch {
    return "unreadable";
  }
  if (typeof value !== "object" || value === null) return "others";
  const { apiVersion, kind, metadata } = value as Readonly<Record<string, unknown>>;
  if (typeof apiVersion !== "string" || typeof kind !== "string" || kind.endsWith("List")) return "others";
  const head = typeof metadata === "object" && metadata !== null ? (metadata as Readonly<Record<string, unknown>>) : {};
  const textAt = (name: string) => (typeof head[name] === "string" ? head[name] : "");
  const isGenerated = textAt("name") === "" && textAt("generateName") !== "";
  const name = isGenerated ? textAt("generateName") : textAt("name");
  return { from, text, apiVersion, kind, namespace: textAt("namespace"), name, isGenerated };
}

/** As few as possible, each with no two objects that requests could not tell apart. */
export function batchesOf(manifests: readonly Manifest[], size: number): Manifest[][] {
  const batches: { readonly keys: Set<string>; readonly manifests: Manifest[] }[] = [];
  for (const manifest of manifests) {
    const key = `${manifest.kind}/${manifest.namespace}/${manifest.name}`;
    let batch = batches.find(({ keys, manifests }) => manifests.length < size && !keys.has(key));
    if (!batch) batches.push((batch = { keys: new Set(), manifests: [] }));
    batch.keys.add(key);
    batch.manifests.push(manifest);
  }
  return batches.map((batch) => batch.manifests);
}
