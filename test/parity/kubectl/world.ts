import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";

export type Json = Record<string, unknown>;

export interface WorldObject extends Json {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Json & { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

const CREATED = "2026-01-02T03:04:05Z";

/** The few objects that the canned server has. Every invocation begins with the same ones. */
export class World {
  readonly #objects = new Map<string, WorldObject>();

  constructor() {
    const collections = load(readFileSync(join(import.meta.dirname, "world.yaml"), "utf8")) as Record<string, Json[]>;
    for (const [path, objects] of Object.entries(collections))
      for (const object of objects) this.put(path, structuredClone(object) as WorldObject);
  }

  put(collection: string, object: WorldObject): WorldObject {
    const resource = collection.split("/").at(-1)!;
    const namespace = namespaceOf(collection);
    const metadata = {
      ...object.metadata,
      ...(namespace === undefined ? {} : { namespace }),
      uid: `${resource}-${object.metadata.name}`,
      resourceVersion: "7",
      creationTimestamp: CREATED,
    };
    const stored = { ...object, metadata };
    this.#objects.set(`${collection}/${object.metadata.name}`, stored);
    return stored;
  }

  /** Some are in lists, and gone when somebody looks. */
  get(path: string): WorldObject | undefined {
    const object = this.#objects.get(path);
    return object?.metadata.labels?.["gone"] === "soon" ? undefined : object;
  }

  delete(path: string): void {
    this.#objects.delete(path);
  }

  /** Of a collection, or of the same in all namespaces. */
  list(collection: string, query: URLSearchParams): WorldObject[] {
    const all = [...this.#objects].filter(([path]) => isIn(collection, path)).map(([, object]) => object);
    const labels = pairs(query.get("labelSelector"));
    const name = pairs(query.get("fieldSelector"))["metadata.name"];
    return all.filter(
      ({ metadata }) =>
        (name === undefined || metadata.name === name) &&
        Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value),
    );
  }
}

function isIn(collection: string, path: string): boolean {
  const parent = path.slice(0, path.lastIndexOf("/"));
  return parent === collection || parent.replace(/\/namespaces\/[^/]+(?=\/)/, "") === collection;
}

function namespaceOf(collection: string): string | undefined {
  return /\/namespaces\/([^/]+)\//.exec(collection)?.[1];
}

/** "a=b,c=d"; what is not an equation selects all. */
function pairs(selector: string | null): Record<string, string> {
  const found = (selector ?? "").split(",").map((each) => /^([^=!]+)==?(.*)$/.exec(each));
  return Object.fromEntries(found.flatMap((match) => (match ? [[match[1]!, match[2]!]] : [])));
}
