import type { CelSchema } from "@dingi/api";
import type { Client, ServedResource } from "@dingi/client";

interface Published {
  readonly $ref?: string;
  readonly allOf?: readonly Published[];
  readonly oneOf?: readonly Published[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Published>>;
  readonly items?: Published;
  readonly additionalProperties?: Published | boolean;
  readonly "x-kubernetes-group-version-kind"?: readonly Pick<ServedResource, "group" | "version" | "kind">[];
  readonly [keyword: string]: unknown;
}

interface Document {
  readonly components?: { readonly schemas?: Readonly<Record<string, Published>> };
}

const REFERENCE = /^#\/components\/schemas\/(.*)$/;

/** The schemas of kinds as the API server publishes them, each version's document read once. */
export class PublishedSchemas {
  readonly #client: Client;
  readonly #signal: AbortSignal;
  readonly #documents = new Map<string, Promise<Document>>();

  constructor(client: Client, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  /** Without references; undefined where nothing is published. */
  async of({
    group,
    version,
    kind,
  }: Pick<ServedResource, "group" | "version" | "kind">): Promise<CelSchema | undefined> {
    const path = group === "" ? `/openapi/v3/api/${version}` : `/openapi/v3/apis/${group}/${version}`;
    const known = this.#documents.get(path) ?? this.#read(path);
    this.#documents.set(path, known);
    const schemas = (await known).components?.schemas ?? {};
    const found = Object.values(schemas).find((schema) =>
      schema["x-kubernetes-group-version-kind"]?.some(
        (one) => one.group === group && one.version === version && one.kind === kind,
      ),
    );
    return found && new Resolver(schemas).resolve(found);
  }

  async #read(path: string): Promise<Document> {
    const request = { method: "GET" as const, path, query: new URLSearchParams(), signal: this.#signal };
    await using answer = await this.#client.stream(request);
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString()) as Document;
  }
}

/** Puts what is referred to in the place of references. Upstream: apiserver/pkg/cel/openapi/resolver/refs.go#PopulateRefs */
class Resolver {
  readonly #schemas: Readonly<Record<string, Published>>;
  /** On the way from the root to where we are: a type within itself is any object there. */
  readonly #open = new Set<string>();

  constructor(schemas: Readonly<Record<string, Published>>) {
    this.#schemas = schemas;
  }

  resolve(schema: Published): CelSchema {
    const name = referenceOf(schema);
    if (name === undefined) return this.#withChildren(schema);
    if (this.#open.has(name) || !Object.hasOwn(this.#schemas, name)) return { type: "object" };
    this.#open.add(name);
    const resolved = this.#withChildren(this.#schemas[name]!);
    this.#open.delete(name);
    return resolved;
  }

  #withChildren(schema: Published): CelSchema {
    // What is of several types is of none, as a Quantity, unless expressions know it.
    if (schema.oneOf) return schema.format === "int-or-string" ? { "x-kubernetes-int-or-string": true } : {};
    const { properties, items, additionalProperties } = schema;
    const inner = Object.entries(properties ?? {}).map(([name, child]) => [name, this.resolve(child)]);
    return {
      ...(schema as CelSchema),
      ...(properties ? { properties: Object.fromEntries(inner) as Record<string, CelSchema> } : {}),
      ...(items ? { items: this.resolve(items) } : {}),
      ...(typeof additionalProperties === "object" ? { additionalProperties: this.resolve(additionalProperties) } : {}),
    };
  }
}

function referenceOf({ $ref, allOf }: Published): string | undefined {
  const reference = $ref ?? (allOf?.length === 1 ? allOf[0]!.$ref : undefined);
  return reference === undefined ? undefined : REFERENCE.exec(reference)?.[1];
}
