import {
  groupOf,
  V1DeleteOptions,
  V1ListMeta,
  V1Status,
  versionOf,
  type AnyKind,
  type ReviewDefinition,
  type Scheme,
  type Subresource,
  type KubeObject,
} from "@dingi/apimachinery";
import { V1Scale } from "@dingi/api";
import { OBJECT_MEDIA_TYPES, STREAM_MEDIA_TYPES } from "../negotiation/accept.ts";
import { PATCH_TYPES } from "../endpoints/patch.ts";
import { refTo, SchemaComponents } from "./schema-json.ts";

type Json = Record<string, unknown>;

const LIST_PARAMETERS = [
  "allowWatchBookmarks",
  "continue",
  "fieldSelector",
  "labelSelector",
  "limit",
  "resourceVersion",
  "resourceVersionMatch",
  "sendInitialEvents",
  "timeoutSeconds",
  "watch",
];
const WRITE_PARAMETERS = ["dryRun", "fieldManager", "fieldValidation"];
const DELETE_PARAMETERS = ["dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"];
const BOOLEANS = new Set(["allowWatchBookmarks", "sendInitialEvents", "watch", "orphanDependents", "force"]);
const INTEGERS = new Set(["limit", "timeoutSeconds", "gracePeriodSeconds"]);
const READ_TYPES = OBJECT_MEDIA_TYPES;

/** The OpenAPI v3 document of one apiVersion, from the kinds that are served in it. */
export function openApiV3(scheme: Scheme, apiVersion: string, gitVersion: string): Json {
  return new DocumentBuilder(apiVersion, gitVersion).build(scheme);
}

class DocumentBuilder {
  readonly #apiVersion: string;
  readonly #gitVersion: string;
  readonly #components = new SchemaComponents();
  readonly #paths: Record<string, Json> = {};

  constructor(apiVersion: string, gitVersion: string) {
    this.#apiVersion = apiVersion;
    this.#gitVersion = gitVersion;
  }

  build(scheme: Scheme): Json {
    for (const kind of scheme.kinds) if (kind.versions[this.#apiVersion]) this.#kind(kind);
    for (const review of scheme.reviews)
      if (review.apiVersion === this.#apiVersion && review.plural !== "") this.#review(review);
    return {
      openapi: "3.0.0",
      info: { title: "Kubernetes", version: this.#gitVersion },
      paths: this.#paths,
      components: { schemas: this.#components.json },
    };
  }

  get #root(): string {
    return groupOf(this.#apiVersion) === "" ? `/api/${this.#apiVersion}` : `/apis/${this.#apiVersion}`;
  }

  #gvk(kind: string, apiVersion = this.#apiVersion): Json {
    return { group: groupOf(apiVersion), version: versionOf(apiVersion), kind };
  }

  #kind(kind: AnyKind): void {
    const gvk = this.#gvk(kind.kind);
    const object = this.#components.ref(kind.versions[this.#apiVersion]!.schema, { typed: true, kinds: [gvk] });
    const list = this.#list(kind, object);
    const namespaced = kind.scope === "Namespaced";
    const collection = `${this.#root}${namespaced ? "/namespaces/{namespace}" : ""}/${kind.plural}`;
    const has = (verb: string) => kind.verbs.includes(verb as (typeof kind.verbs)[number]);
    if (namespaced)
      this.#paths[`${this.#root}/${kind.plural}`] = {
        get: this.#read("list", gvk, list, LIST_PARAMETERS),
        parameters: [],
      };
    this.#paths[collection] = {
      ...(has("list") ? { get: this.#read("list", gvk, list, LIST_PARAMETERS) } : {}),
      ...(has("create") ? { post: this.#write("post", gvk, object, object, WRITE_PARAMETERS) } : {}),
      ...(has("deletecollection")
        ? { delete: this.#delete("deletecollection", gvk, [...DELETE_PARAMETERS, ...LIST_PARAMETERS]) }
        : {}),
      parameters: pathParameters(namespaced, false),
    };
    this.#paths[`${collection}/{name}`] = {
      ...this.#itemOperations(gvk, object, has),
      parameters: pathParameters(namespaced, true),
    };
    for (const [name, door] of Object.entries(kind.subresources))
      this.#door(`${collection}/{name}/${name}`, kind, door, object);
  }

  #itemOperations(gvk: Json, object: string, has: (verb: string) => boolean): Json {
    return {
      ...(has("get") ? { get: this.#read("get", gvk, object, []) } : {}),
      ...(has("update") ? { put: this.#write("put", gvk, object, object, WRITE_PARAMETERS) } : {}),
      ...(has("delete") ? { delete: this.#delete("delete", gvk, DELETE_PARAMETERS) } : {}),
      ...(has("patch") ? { patch: this.#patch(gvk, object) } : {}),
    };
  }

  #door(path: string, kind: AnyKind, door: Subresource<KubeObject>, object: string): void {
    const parameters = pathParameters(kind.scope === "Namespaced", true);
    if (door.type === "action") {
      const { group, version, kind: name } = door.responseKind;
      const gvk = { group, version, kind: name };
      const body = door.schema ? this.#components.ref(door.schema, { typed: true, kinds: [gvk] }) : undefined;
      const operation = (verb: string) =>
        body
          ? this.#write(verb, gvk, body, body, WRITE_PARAMETERS)
          : this.#read("connect", gvk, undefined, Object.keys(door.options ?? {}));
      const methods: Json = {};
      if (door.verbs.includes("get")) methods["get"] = operation("get");
      if (door.verbs.includes("create")) methods["post"] = operation("post");
      this.#paths[path] = { ...methods, parameters };
      return;
    }
    const scale = door.type === "scale";
    const gvk = scale ? this.#gvk("Scale", "autoscaling/v1") : this.#gvk(kind.kind);
    const shape = scale ? this.#components.ref(V1Scale, { typed: true, kinds: [gvk] }) : object;
    const verbs = scale ? ["get", "patch", "update"] : (door.verbs ?? ["get", "patch", "update"]);
    this.#paths[path] = {
      ...this.#itemOperations(gvk, shape, (verb) => (verbs as string[]).includes(verb)),
      parameters,
    };
  }

  #review(review: ReviewDefinition): void {
    const gvk = this.#gvk(review.kind);
    const object = this.#components.ref(review.schema, { typed: true, kinds: [gvk] });
    const namespaced = review.scope === "Namespaced";
    const path = `${this.#root}${namespaced ? "/namespaces/{namespace}" : ""}/${review.plural}`;
    this.#paths[path] = {
      post: this.#write("post", gvk, object, object, WRITE_PARAMETERS),
      parameters: pathParameters(namespaced, false),
    };
  }

  #list(kind: AnyKind, object: string): string {
    const name = kind.versions[this.#apiVersion]!.schema.name + "List";
    this.#components.set(name, {
      type: "object",
      required: ["items"],
      properties: {
        apiVersion: { type: "string" },
        items: { type: "array", items: { allOf: [{ $ref: object }], default: {} } },
        kind: { type: "string" },
        metadata: { allOf: [{ $ref: this.#components.ref(V1ListMeta) }], default: {} },
      },
      "x-kubernetes-group-version-kind": [this.#gvk(kind.listKind)],
    });
    return refTo(name);
  }

  #read(action: string, gvk: Json, ref: string | undefined, parameters: readonly string[]): Json {
    const types = action === "list" ? [...READ_TYPES, ...STREAM_MEDIA_TYPES] : READ_TYPES;
    return operation({
      action,
      gvk,
      parameters,
      responses: { "200": ref ? contents(types, ref) : { description: "OK" } },
    });
  }

  #write(action: string, gvk: Json, body: string, answer: string, parameters: readonly string[]): Json {
    const responses = { "200": contents(READ_TYPES, answer), "201": contents(READ_TYPES, answer) };
    return {
      ...operation({ action, gvk, parameters, responses }),
      requestBody: { content: { "*/*": { schema: { $ref: body } } }, required: true },
    };
  }

  #patch(gvk: Json, object: string): Json {
    const patch = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
    this.#components.set(patch, { type: "object" });
    const content = Object.fromEntries(PATCH_TYPES.map((type) => [type, { schema: { $ref: refTo(patch) } }]));
    const responses = { "200": contents(READ_TYPES, object), "201": contents(READ_TYPES, object) };
    return {
      ...operation({ action: "patch", gvk, parameters: [...WRITE_PARAMETERS, "force"], responses }),
      requestBody: { content, required: true },
    };
  }

  #delete(action: string, gvk: Json, parameters: readonly string[]): Json {
    const options = this.#components.ref(V1DeleteOptions, { typed: true, kinds: [this.#gvk("DeleteOptions", "v1")] });
    const status = this.#components.ref(V1Status, { typed: true, kinds: [this.#gvk("Status", "v1")] });
    const responses = { "200": contents(READ_TYPES, status), "202": contents(READ_TYPES, status) };
    return {
      ...operation({ action, gvk, parameters, responses }),
      requestBody: { content: { "*/*": { schema: { $ref: options } } } },
    };
  }
}

interface OperationInput {
  readonly action: string;
  readonly gvk: Json;
  readonly parameters: readonly string[];
  readonly responses: Json;
}

function operation(input: OperationInput): Json {
  const { action, gvk, parameters, responses } = input;
  return {
    parameters: [...new Set(parameters)].map(queryParameter),
    responses: { ...responses, "401": { description: "Unauthorized" } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": gvk,
  };
}

function queryParameter(name: string): Json {
  const type = BOOLEANS.has(name) ? "boolean" : INTEGERS.has(name) ? "integer" : "string";
  return { name, in: "query", schema: { type, uniqueItems: true } };
}

function pathParameters(namespaced: boolean, named: boolean): Json[] {
  const one = (name: string) => ({ name, in: "path", required: true, schema: { type: "string", uniqueItems: true } });
  return [
    ...(named ? [one("name")] : []),
    ...(namespaced ? [one("namespace")] : []),
    { name: "pretty", in: "query", schema: { type: "string", uniqueItems: true } },
  ];
}

function contents(types: readonly string[], ref: string): Json {
  return { description: "OK", content: Object.fromEntries(types.map((type) => [type, { schema: { $ref: ref } }])) };
}
