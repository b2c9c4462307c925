import { describeApi, servedResource } from "./canned-discovery.ts";
import { World, type Json, type WorldObject } from "./world.ts";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly contentType: string;
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  /** Pieces of text; a watch has several. */
  readonly body: readonly string[];
  /** The answer has no end: the client goes when it has seen enough. */
  readonly open?: boolean;
}

const DISCOVERY_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const JSON_TYPE = "application/json";
const VERSION = { major: "1", minor: "37", gitVersion: "v1.37.1", platform: "linux/amd64" };

/** Answers as a server would that has a `World`, and nothing behind it: the same to everybody who asks the same. */
export class CannedAnswers {
  readonly #world = new World();

  answer(asked: Asked): Answer {
    const { path } = asked;
    // No client needs it while the third version is there; an empty document is one, too.
    if (path === "/openapi/v2") return { status: 200, type: JSON_TYPE, body: [""] };
    if (path === "/version") return json(VERSION);
    const description = describeApi(path);
    if (description) return json(description, 200, /^\/apis?$/.test(path) ? DISCOVERY_TYPE : JSON_TYPE);
    if (path.endsWith("/log")) return { status: 200, type: "text/plain", body: ["one\n", "two\n"] };
    const reviewed = review(asked);
    if (reviewed) return json(reviewed, 201);
    return this.#onObjects(asked);
  }

  #onObjects(asked: Asked): Answer {
    const { method, path, query, body } = asked;
    const target = targetOf(path);
    if (!target) return status(404, "NotFound", "the server could not find the requested resource");
    if (method === "POST") return this.#create(target, query, body as WorldObject | undefined);
    if (target.name === undefined) return this.#collection(asked, target);
    const object = this.#world.get(target.object);
    if (!object && !(method === "PATCH" && asked.contentType.includes("apply-patch"))) return notFound(target);
    if (method === "GET") return this.#get(asked, target, object!);
    if (method === "DELETE") return this.#delete(asked, target, object!);
    return this.#change(asked, target, object);
  }

  #create(target: Target, query: URLSearchParams, body: WorldObject | undefined): Answer {
    if (target.subresource) return json(body, 201);
    if (!body?.metadata?.name)
      return status(422, "Invalid", `${target.kind} "" is invalid: metadata.name: Required value`);
    const existing = this.#world.get(`${target.collection}/${body.metadata.name}`);
    if (existing)
      return status(409, "AlreadyExists", `${target.shown} "${body.metadata.name}" already exists`, {
        name: body.metadata.name,
        kind: target.resource,
      });
    const stored = this.#world.put(target.collection, body);
    if (query.has("dryRun")) this.#world.delete(`${target.collection}/${body.metadata.name}`);
    return json(stored, 201);
  }

  #collection(asked: Asked, target: Target): Answer {
    const { query } = asked;
    const objects = this.#world.list(target.collection, query);
    if (query.get("watch") === "true" || query.get("watch") === "1") return watch(asked, objects);
    const limit = Number(query.get("limit") ?? 0);
    const start = Number(query.get("continue") ?? 0);
    const page = limit > 0 ? objects.slice(start, start + limit) : objects;
    const more = start + page.length < objects.length && limit > 0 ? { continue: String(start + limit) } : {};
    const metadata = { resourceVersion: "7", ...more };
    if (asked.accept.includes("as=Table")) return json({ ...table(page, asked), metadata });
    const items = page.map(({ kind: _kind, apiVersion: _version, ...item }) => item);
    return json({ kind: `${target.kind}List`, apiVersion: target.apiVersion, metadata, items });
  }

  #get(asked: Asked, target: Target, object: WorldObject): Answer {
    if (target.subresource === "scale") return json(scaleOf(object));
    return json(asked.accept.includes("as=Table") ? table([object], asked) : object);
  }

  #delete({ body, query }: Asked, target: Target, object: WorldObject): Answer {
    const isTrial = body === undefined ? query.has("dryRun") : (body as Json)["dryRun"] !== undefined;
    if (!isTrial) this.#world.delete(target.object);
    const details = { name: target.name, kind: target.resource, uid: object.metadata["uid"] };
    return json({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details });
  }

  #change({ query, body, contentType }: Asked, target: Target, object: WorldObject | undefined): Answer {
    if (target.subresource === "scale") return json(scaleOf(object!));
    const isMerge = !contentType.includes("json-patch") && typeof body === "object" && !Array.isArray(body);
    const next = isMerge ? merged(object ?? {}, body as Json) : object!;
    const { metadata } = next as WorldObject;
    const changed = { ...next, metadata: { ...metadata, uid: object?.metadata["uid"] ?? "new", resourceVersion: "8" } };
    if (!query.has("dryRun") && object) this.#world.put(target.collection, changed as unknown as WorldObject);
    return json(changed, object ? 200 : 201);
  }
}

interface Target {
  readonly collection: string;
  readonly object: string;
  readonly resource: string;
  readonly kind: string;
  readonly apiVersion: string;
  /** "deployments.apps" */
  readonly shown: string;
  readonly name?: string;
  readonly subresource?: string;
}

function targetOf(path: string): Target | undefined {
  const match = /^\/(?:api|apis\/([^/]+))\/([^/]+)\/(.+)$/.exec(path);
  if (!match) return undefined;
  const [, group = "", version = "", rest = ""] = match;
  const root = path.slice(0, path.length - rest.length - 1);
  const inNamespace = /^namespaces\/([^/]+)\/(.+)$/.exec(rest);
  const [resource = "", name, subresource] = (inNamespace?.[2] ?? rest).split("/");
  const discovered = servedResource(group, version, resource);
  if (!discovered) return undefined;
  const collection = `${root}/${inNamespace ? `namespaces/${inNamespace[1]}/` : ""}${resource}`;
  return {
    collection,
    object: `${collection}/${name}`,
    resource,
    kind: discovered.responseKind.kind,
    apiVersion: group === "" ? version : `${group}/${version}`,
    shown: group === "" ? resource : `${resource}.${group}`,
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

/** What asks about oneself is answered with yes. */
function review({ method, path, body }: Asked): Json | undefined {
  if (method !== "POST") return undefined;
  const statuses: Readonly<Record<string, Json>> = {
    selfsubjectaccessreviews: { allowed: true },
    selfsubjectrulesreviews: { incomplete: false, resourceRules: [], nonResourceRules: [] },
    selfsubjectreviews: { userInfo: { username: "somebody", groups: ["some"] } },
  };
  const answer = statuses[path.split("/").at(-1)!];
  return answer && { ...(body as Json), status: answer };
}

const COLUMNS = [
  { name: "Name", type: "string", format: "name", description: "", priority: 0 },
  { name: "Wide", type: "string", format: "", description: "", priority: 1 },
];

function table(objects: readonly WorldObject[], { query }: Asked): Json {
  const whole = query.get("includeObject") === "Object";
  const rows = objects.map((object) => ({
    cells: [object.metadata.name, "wide"],
    object: whole ? object : { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata },
  }));
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: { resourceVersion: "7" },
    columnDefinitions: COLUMNS,
    rows,
  };
}

/** One change of each object, and the end; or the state for who wants to begin with it, and no end. */
function watch(asked: Asked, objects: readonly WorldObject[]): Answer {
  const shown = (object: WorldObject) => (asked.accept.includes("as=Table") ? table([object], asked) : object);
  const fromState = asked.query.get("sendInitialEvents") === "true";
  const events: object[] = objects.map((object) => ({ type: fromState ? "ADDED" : "MODIFIED", object: shown(object) }));
  if (fromState) {
    const metadata = { resourceVersion: "7", annotations: { "k8s.io/initial-events-end": "true" } };
    const [{ kind = "Pod", apiVersion = "v1" } = {}] = objects;
    events.push({ type: "BOOKMARK", object: { kind, apiVersion, metadata } });
  }
  return { status: 200, type: JSON_TYPE, body: events.map((event) => `${JSON.stringify(event)}\n`), open: fromState };
}

function scaleOf(object: WorldObject): Json {
  const spec = object["spec"] as Json;
  const { name, uid, resourceVersion } = object.metadata;
  const metadata = { name, namespace: object.metadata["namespace"], uid, resourceVersion };
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata,
    spec: { replicas: spec["replicas"] },
    status: { replicas: 1 },
  };
}

function merged(object: Json, patch: Json): Json {
  const next: Json = { ...object };
  for (const [key, value] of Object.entries(patch)) {
    const before = next[key];
    if (value === null) delete next[key];
    else if (isPlain(value)) next[key] = merged(isPlain(before) ? before : {}, value);
    else if (!key.startsWith("$")) next[key] = value;
  }
  return next;
}

function isPlain(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function notFound({ shown, name, resource }: Target): Answer {
  return status(404, "NotFound", `${shown} "${name}" not found`, { name, kind: resource });
}

function status(code: number, reason: string, message: string, details?: object): Answer {
  return json(
    { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, details, code },
    code,
  );
}

function json(value: unknown, code = 200, type = JSON_TYPE): Answer {
  return { status: code, type, body: [JSON.stringify(value)] };
}
