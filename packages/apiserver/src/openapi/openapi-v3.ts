import {
  groupOf,
  inVersion,
  V1DeleteOptions,
  V1ListMeta,
  V1Status,
  versionOf,
  type AnyKind,
  type ReviewDefinition,
  type ServedVersion,
  type ActionSubresource,
  type KubeObject,
  type Schema,
  type Subresource,
} from "@dingi/apimachinery";
import { V1Scale } from "@dingi/api";
import { COLLECTION_MEDIA_TYPES, OBJECT_MEDIA_TYPES, TEXT_MEDIA_TYPES } from "../negotiation/accept.ts";
import { PATCH_TYPES, patchTypesOf } from "../endpoints/patch-body.ts";
import { operationId, tagOf } from "./operation-name.ts";
import { refTo, SchemaComponents } from "./schema-json.ts";

type Json = Record<string, unknown>;

const ANY_TYPE = ["*/*"];
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
/** A collection that is deleted is selected as one that is listed, but not watched. */
const SELECTING_PARAMETERS = LIST_PARAMETERS.filter((name) => name !== "watch" && name !== "allowWatchBookmarks");
const DELETE_PARAMETERS = ["dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"];
const BOOLEANS = new Set(["allowWatchBookmarks", "sendInitialEvents", "watch", "orphanDependents", "force"]);
const INTEGERS = new Set(["limit", "timeoutSeconds", "gracePeriodSeconds"]);

/** The OpenAPI v3 document of one apiVersion, from the kinds that are served in it. */
export function openApiV3(served: ServedVersion, version: string): Json {
  return new DocumentBuilder(served.apiVersion, version).build(served);
}

class DocumentBuilder {
  readonly #apiVersion: string;
  readonly #version: string;
  readonly #components = new SchemaComponents();
  readonly #paths: Record<string, Json> = {};
  /** Of the kind that is described: what it is read as, and patched by. */
  #types: Types = { written: ANY_TYPE, read: OBJECT_MEDIA_TYPES, listed: COLLECTION_MEDIA_TYPES, patch: PATCH_TYPES };

  constructor(apiVersion: string, version: string) {
    this.#apiVersion = apiVersion;
    this.#version = version;
  }

  build({ kinds, reviews }: ServedVersion): Json {
    for (const kind of kinds) this.#kind(kind);
    for (const review of reviews) if (review.plural !== "") this.#review(review);
    return {
      openapi: "3.0.0",
      info: { title: "Kubernetes", version: this.#version },
      paths: this.#paths,
      components: { schemas: this.#components.json },
    };
  }

  get #root(): string {
    return groupOf(this.#apiVersion) === "" ? `/api/${this.#apiVersion}` : `/apis/${this.#apiVersion}`;
  }

  #gvk(kind: string, apiVersion = this.#apiVersion): Json {
    return { group: groupOf(apiVersion), kind, version: versionOf(apiVersion) };
  }

  #kind(kind: AnyKind): void {
    this.#types = typesOf(kind);
    const gvk = this.#gvk(kind.kind);
    const object = this.#components.ref(kind.versions[this.#apiVersion]!.schema, [gvk]);
    const list = this.#list(kind, object);
    const namespaced = kind.scope === "Namespaced";
    const collection = `${this.#root}${namespaced ? "/namespaces/{namespace}" : ""}/${kind.plural}`;
    const has = (verb: string) => kind.verbs.includes(verb as (typeof kind.verbs)[number]);
    if (namespaced)
      this.#add(`${this.#root}/${kind.plural}`, `${kind.kind}ForAllNamespaces`, {
        get: this.#read("list", gvk, list, LIST_PARAMETERS),
        parameters: [PRETTY],
      });
    this.#add(collection, kind.kind, {
      ...(has("list") ? { get: this.#read("list", gvk, list, LIST_PARAMETERS) } : {}),
      ...(has("create") ? { post: this.#write("post", gvk, object, object, WRITE_PARAMETERS) } : {}),
      ...(has("deletecollection") ? { delete: this.#delete("deletecollection", gvk) } : {}),
      parameters: pathParameters(namespaced, false),
    });
    this.#add(`${collection}/{name}`, kind.kind, {
      ...this.#itemOperations(gvk, object, has),
      ...(has("delete") ? { delete: this.#delete("delete", gvk, kind.returnsDeletedObject ? object : undefined) } : {}),
      parameters: pathParameters(namespaced, true),
    });
    for (const [name, door] of Object.entries(inVersion(kind, this.#apiVersion).subresources))
      this.#door(`${collection}/{name}/${name}`, kind, door, object);
  }

  #itemOperations(gvk: Json, object: string, has: (verb: string) => boolean): Json {
    return {
      ...(has("get") ? { get: this.#read("get", gvk, object, []) } : {}),
      ...(has("update") ? { put: this.#write("put", gvk, object, object, WRITE_PARAMETERS) } : {}),
      ...(has("patch") ? { patch: this.#patch(gvk, object) } : {}),
    };
  }

  #door(path: string, kind: AnyKind, door: Subresource<KubeObject>, object: string): void {
    const parameters = pathParameters(kind.scope === "Namespaced", true);
    if (door.type === "action") return this.#action(path, kind, door);
    const scale = door.type === "scale";
    const gvk = scale ? this.#gvk("Scale", "autoscaling/v1") : this.#gvk(kind.kind);
    const shape = scale ? this.#components.ref(V1Scale, [gvk]) : object;
    const verbs = scale ? ["get", "patch", "update"] : (door.verbs ?? ["get", "patch", "update"]);
    this.#add(path, kind.kind, {
      ...this.#itemOperations(gvk, shape, (verb) => (verbs as string[]).includes(verb)),
      parameters,
    });
  }

  #action(path: string, kind: AnyKind, door: ActionSubresource): void {
    const { group, kind: name, version } = door.responseKind;
    const gvk = { group, kind: name, version };
    const parameters = pathParameters(kind.scope === "Namespaced", true);
    if (door.schema) {
      const body = this.#components.ref(door.schema, [gvk]);
      const post = this.#write("post", gvk, body, body, WRITE_PARAMETERS);
      return this.#add(path, kind.kind, { post, parameters });
    }
    const query = Object.entries(door.options ?? {}).map(([option, schema]) => optionParameter(option, schema));
    if (name === kind.kind) {
      const get = { ...this.#text("get", gvk, ["text/plain", ...this.#types.read]), parameters: query };
      return this.#add(path, kind.kind, { get, parameters });
    }
    const connected = parameters.filter((one) => one !== PRETTY);
    const methods = door.verbs.includes("update") ? PROXIED_METHODS : ["get", "post"];
    const operations = Object.fromEntries(methods.map((method) => [method, this.#text("connect", gvk, ["*/*"])]));
    this.#add(path, kind.kind, { ...operations, parameters: [...connected, ...query] });
    if (!door.verbs.includes("update")) return;
    const rest = pathParameter("path");
    this.#add(`${path}/{path}`, kind.kind, { ...operations, parameters: [...connected, rest, ...query] });
  }

  #text(action: string, gvk: Json, types: readonly string[]): Json {
    const responses = { "200": { description: "OK", content: contentOf(types, { type: "string" }) } };
    return operation({ action, gvk, parameters: [], responses });
  }

  #review(review: ReviewDefinition): void {
    const gvk = this.#gvk(review.kind);
    const object = this.#components.ref(review.schema, [gvk]);
    const namespaced = review.scope === "Namespaced";
    const path = `${this.#root}${namespaced ? "/namespaces/{namespace}" : ""}/${review.plural}`;
    this.#add(path, review.kind, {
      post: this.#write("post", gvk, object, object, WRITE_PARAMETERS),
      parameters: pathParameters(namespaced, false),
    });
  }

  /** A path whose objects are of the kind, with names for its operations. */
  #add(path: string, kind: string, { parameters, ...operations }: Json): void {
    const apiVersion = this.#apiVersion;
    const named = Object.entries(operations as Record<string, Json>).map(([method, one]) => {
      const action = one["x-kubernetes-action"] as string;
      const id = operationId({ apiVersion, path, method, action, kind });
      return [method, { tags: [tagOf(apiVersion)], operationId: id, ...one }];
    });
    this.#paths[path] = { ...Object.fromEntries(named), parameters };
  }

  #list(kind: AnyKind, object: string): string {
    const { schema, fields } = kind.versions[this.#apiVersion]!;
    const name = `${schema.name}List`;
    const whole = kind.custom ? {} : { default: {} };
    this.#components.set(name, {
      type: "object",
      required: ["items"],
      properties: {
        apiVersion: { type: "string" },
        items: { type: "array", items: kind.custom ? { $ref: object } : { allOf: [{ $ref: object }], default: {} } },
        kind: { type: "string" },
        metadata: { allOf: [{ $ref: this.#components.ref(V1ListMeta) }], ...whole },
      },
      "x-kubernetes-group-version-kind": [this.#gvk(kind.listKind)],
      ...(fields?.names.length ? { [SELECTABLE]: fields.names.map((fieldPath) => ({ fieldPath })) } : {}),
    });
    return refTo(name);
  }

  #read(action: string, gvk: Json, ref: string, parameters: readonly string[]): Json {
    const types = action === "list" ? this.#types.listed : this.#types.read;
    return operation({ action, gvk, parameters, responses: { "200": contents("OK", types, ref) } });
  }

  #write(action: string, gvk: Json, body: string, answer: string, parameters: readonly string[]): Json {
    const responses = {
      "200": contents("OK", this.#types.read, answer),
      "201": contents("Created", this.#types.read, answer),
      ...(action === "post" ? { "202": contents("Accepted", this.#types.read, answer) } : {}),
    };
    return {
      ...operation({ action, gvk, parameters, responses }),
      requestBody: { content: contentOf(this.#types.written, { $ref: body }), required: true },
    };
  }

  #patch(gvk: Json, object: string): Json {
    const patch = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
    this.#components.set(patch, { type: "object" });
    const content = Object.fromEntries(this.#types.patch.map((type) => [type, { schema: { $ref: refTo(patch) } }]));
    const responses = {
      "200": contents("OK", this.#types.read, object),
      "201": contents("Created", this.#types.read, object),
    };
    return {
      ...operation({ action: "patch", gvk, parameters: [...WRITE_PARAMETERS, "force"], responses }),
      requestBody: { content, required: true },
    };
  }

  /** @param object What is answered in place of a Status. */
  #delete(action: string, gvk: Json, object?: string): Json {
    const options = this.#components.ref(V1DeleteOptions, [this.#gvk("DeleteOptions", "v1")]);
    const status = this.#components.ref(V1Status, [this.#gvk("Status", "v1")]);
    const one = action === "delete";
    const responses = {
      "200": contents("OK", this.#types.read, object ?? status),
      ...(one ? { "202": contents("Accepted", this.#types.read, object ?? status) } : {}),
    };
    const parameters = one ? DELETE_PARAMETERS : [...DELETE_PARAMETERS, ...SELECTING_PARAMETERS];
    return {
      ...operation({ action, gvk, parameters, responses }),
      requestBody: { content: { "*/*": { schema: { $ref: options } } } },
    };
  }
}

const SELECTABLE = "x-kubernetes-selectable-fields";

interface Types {
  readonly written: readonly string[];
  readonly read: readonly string[];
  readonly listed: readonly string[];
  readonly patch: readonly string[];
}

/** Upstream: apiextensions-apiserver/pkg/controller/openapi/builder/builder.go */
function typesOf(kind: AnyKind): Types {
  const read = kind.custom ? TEXT_MEDIA_TYPES : OBJECT_MEDIA_TYPES;
  const written = kind.custom ? read : ANY_TYPE;
  return { written, read, listed: kind.custom ? read : COLLECTION_MEDIA_TYPES, patch: patchTypesOf(kind) };
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

/** What a connection can be asked for; of a list, one at a time. */
function optionParameter(name: string, schema: Schema): Json {
  const one = schema.type === "list" ? schema.items : schema;
  const type = one.type === "bool" ? "boolean" : one.type === "int32" || one.type === "int64" ? "integer" : "string";
  return { name, in: "query", schema: { type, uniqueItems: true } };
}

const PRETTY = queryParameter("pretty");
const PROXIED_METHODS = ["get", "put", "post", "delete", "options", "head", "patch"];

function pathParameter(name: string): Json {
  return { name, in: "path", required: true, schema: { type: "string", uniqueItems: true } };
}

function pathParameters(namespaced: boolean, named: boolean): Json[] {
  return [...(named ? [pathParameter("name")] : []), ...(namespaced ? [pathParameter("namespace")] : []), PRETTY];
}

function contents(description: string, types: readonly string[], ref: string): Json {
  return { description, content: contentOf(types, { $ref: ref }) };
}

function contentOf(types: readonly string[], schema: Json): Json {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}
