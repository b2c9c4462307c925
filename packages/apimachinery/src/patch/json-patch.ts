import { copyJson } from "../codec/copy-by-schema.ts";
import { encodeJson } from "../codec/encode-json.ts";
import { equalJson } from "../codec/equal-json.ts";
import { setOwn } from "../codec/json-reader.ts";
import { newRequestEntityTooLarge } from "../errors/status-error.ts";
import { isObject, type JsonObject } from "./json-value.ts";
import { badPatch, boundedDepth, unprocessable } from "./patch-error.ts";

const MAX_OPERATIONS = 10_000;
/** Bytes that "copy" may add: the limit of a request's body. */
const MAX_COPIED = 3 * 1024 * 1024;
/** Items that insertions and removals may shift along; 10,000 in a list of a million would be 10 billion. */
const MAX_SHIFTED = 500_000_000;

/**
 * Applies an RFC 6902 patch to a document, which is not changed; what the patch does not touch is shared.
 * @throws {StatusError} 400 for what is no patch, 413 for too many operations, 422 for one that does not apply
 * Upstream: gopkg.in/evanphx/json-patch.v4/patch.go, apiserver/pkg/endpoints/handlers/patch.go#applyJSPatch
 */
export function applyJsonPatch(document: unknown, patch: readonly unknown[]): unknown {
  const operations = patch.map(asOperation);
  if (operations.length > MAX_OPERATIONS) {
    throw newRequestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`,
    );
  }
  const patcher = new JsonPatcher(document);
  boundedDepth(() => operations.forEach((operation) => patcher.apply(operation)));
  return patcher.root;
}

function asOperation(operation: unknown): JsonObject {
  if (operation === null) return {};
  if (isObject(operation)) return operation;
  const kind = Array.isArray(operation)
    ? "array"
    : typeof operation === "boolean"
      ? "bool"
      : typeof operation === "bigint"
        ? "number"
        : typeof operation;
  throw badPatch(`json: cannot unmarshal ${kind} into Go value of type jsonpatch.Operation`);
}

/** The operation cannot be applied; said in upstream's words to whoever looks at the cause. */
class Misfit extends Error {}

/** What misfits meanwhile says where. */
function during<T>(what: string, work: () => T, how = "in"): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Misfit) throw new Misfit(`error ${how} ${what}: ${error.message}`);
    throw error;
  }
}

const missing = (text: string): Misfit => new Misfit(`${text}: missing value`);
const badIndex = (index: number): Misfit =>
  new Misfit(`Unable to access invalid index: ${index}: invalid index referenced`);

class JsonPatcher {
  #root: unknown;
  /** Containers that this patch made, and so may change. */
  readonly #owned = new WeakSet<object>();
  #copied = 0;
  #shifted = 0;

  constructor(document: unknown) {
    this.#root = document;
  }

  get root(): unknown {
    return this.#root;
  }

  /** @throws {StatusError} */
  apply(operation: JsonObject): void {
    try {
      this.#apply(operation);
    } catch (error) {
      if (error instanceof Misfit) throw unprocessable(error.message);
      throw error;
    }
  }

  #apply(operation: JsonObject): void {
    switch (operation["op"]) {
      case "add":
        return this.#add(text(operation, "path", "add operation failed to decode path"), operation);
      case "remove":
        return this.#remove(text(operation, "path", "remove operation failed to decode path"));
      case "replace":
        return this.#replace(text(operation, "path", "replace operation failed to decode path"), operation);
      case "move":
        return this.#move(operation);
      case "copy":
        return this.#copy(operation);
      case "test":
        return this.#test(text(operation, "path", "test operation failed to decode path"), operation);
      default:
        throw new Misfit(`Unexpected kind: ${typeof operation["op"] === "string" ? operation["op"] : "unknown"}`);
    }
  }

  #add(path: string, operation: JsonObject): void {
    const place = this.#at("add", path, `doc is missing path: "%"`);
    during(`add for path: '${path}'`, () => place.add(valueOf(operation)));
  }

  #remove(path: string): void {
    const place = this.#at("remove", path, `doc is missing path: "%"`);
    during(`remove for path: '${path}'`, () => place.remove());
  }

  #replace(path: string, operation: JsonObject): void {
    if (path === "") {
      const value = valueOf(operation);
      if (typeof value !== "object" || value === null)
        throw new Misfit("replace operation value must be object or array: %!w(<nil>)");
      this.#root = value;
      return;
    }
    const place = this.#at("replace", path, "doc is missing path: %");
    if (!place.isThere) throw missing(`replace operation does not apply: doc is missing key: ${path}`);
    during(`remove for path: '${path}'`, () => place.set(valueOf(operation)));
  }

  #move(operation: JsonObject): void {
    const from = text(operation, "from", "move operation failed to decode from");
    const source = this.#at("move", from, "doc is missing from path: %");
    const value = during(`move for path: '${source.key}'`, () => {
      const moved = source.get();
      source.remove();
      return moved;
    });
    const path = text(operation, "path", "move operation failed to decode path");
    const target = this.#at("move", path, "doc is missing destination path: %");
    during(`move for path: '${path}'`, () => target.add(value));
  }

  #copy(operation: JsonObject): void {
    const from = text(operation, "from", "copy operation failed to decode from");
    const source = this.#at("copy", from, "doc is missing from path: %");
    const value = during(`copy for from: '${from}'`, () => source.get());
    const path = text(operation, "path", "copy operation failed to decode path");
    const target = this.#at("copy", path, "doc is missing destination path: %");
    this.#copied += Buffer.byteLength(encodeJson(value));
    if (this.#copied > MAX_COPIED) {
      throw new Misfit(
        `Unable to complete the copy, the accumulated size increase of copy is ${this.#copied}, exceeding the limit ${MAX_COPIED}`,
      );
    }
    during("copy", () => target.add(copyJson(value)), "while adding value during");
  }

  #test(path: string, operation: JsonObject): void {
    const actual = path === "" ? this.#root : this.#valueAt(path);
    const expected = Object.hasOwn(operation, "value") ? operation["value"] : null;
    if (!equalJson(actual ?? null, expected ?? null)) throw new Misfit(`testing value ${path} failed: test failed`);
  }

  #valueAt(path: string): unknown {
    const place = this.#at("test", path, "is missing path: %");
    return during(`test for path: '${path}'`, () => place.get());
  }

  /** The place that a path names, inside containers that may be changed. */
  #at(op: string, path: string, complaint: string): Place {
    const tokens = path
      .split("/")
      .slice(1)
      .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
    const key = tokens.pop();
    const container = key === undefined ? undefined : this.#descend(tokens);
    if (container === undefined) throw missing(`${op} operation does not apply: ${complaint.replace("%", path)}`);
    if (Array.isArray(container)) this.#shift(container.length);
    return new Place(container, key!);
  }

  #shift(items: number): void {
    this.#shifted += items;
    if (this.#shifted > MAX_SHIFTED)
      throw newRequestEntityTooLarge(`the operations of the JSON patch shift more than ${MAX_SHIFTED} items of lists`);
  }

  #descend(tokens: readonly string[]): Container | undefined {
    let here = this.#own(this.#root);
    this.#root = here ?? this.#root;
    for (const token of tokens) {
      if (here === undefined) return undefined;
      const place: Place = new Place(here, token);
      const next = place.isThere ? this.#own(place.get()) : undefined;
      if (next !== undefined) place.set(next);
      here = next;
    }
    return here;
  }

  #own(value: unknown): Container | undefined {
    if (typeof value !== "object" || value === null) return undefined;
    if (this.#owned.has(value)) return value as Container;
    const copy = Array.isArray(value) ? [...value] : { ...value };
    this.#owned.add(copy);
    return copy as Container;
  }
}

type Container = JsonObject | unknown[];

/** A key of an object or an index of a list; indices may count from the end. */
class Place {
  readonly key: string;
  readonly #container: Container;

  constructor(container: Container, key: string) {
    this.#container = container;
    this.key = key;
  }

  /** Only lists can say no: an object's key may be missing, and is then null. */
  get isThere(): boolean {
    if (!Array.isArray(this.#container)) return true;
    const index = toIndex(this.key);
    return index !== undefined && index < this.#container.length && index >= -this.#container.length;
  }

  get(): unknown {
    if (Array.isArray(this.#container)) return this.#container[this.#index(this.#container, this.#container.length)];
    return Object.hasOwn(this.#container, this.key) ? this.#container[this.key] : null;
  }

  set(value: unknown): void {
    if (Array.isArray(this.#container)) this.#container[this.#index(this.#container, this.#container.length)] = value;
    else setOwn(this.#container, this.key, value);
  }

  add(value: unknown): void {
    if (!Array.isArray(this.#container)) return setOwn(this.#container, this.key, value);
    if (this.key === "-") this.#container.push(value);
    else this.#container.splice(this.#index(this.#container, this.#container.length + 1), 0, value);
  }

  remove(): void {
    if (Array.isArray(this.#container)) {
      this.#container.splice(this.#index(this.#container, this.#container.length), 1);
      return;
    }
    if (!Object.hasOwn(this.#container, this.key)) throw missing(`Unable to remove nonexistent key: ${this.key}`);
    delete this.#container[this.key];
  }

  /** Of `size` places. */
  #index(_list: readonly unknown[], size: number): number {
    const index = toIndex(this.key);
    if (index === undefined) throw new Misfit(`value was not a proper array index: '${this.key}'`);
    if (index >= size || index < -size) throw badIndex(index);
    return index < 0 ? index + size : index;
  }
}

const toIndex = (key: string): number | undefined => (/^[+-]?\d{1,15}$/.test(key) ? Number(key) : undefined);

function text(operation: JsonObject, field: string, complaint: string): string {
  const value = operation[field];
  if (typeof value !== "string") throw missing(complaint);
  return value;
}

const valueOf = (operation: JsonObject): unknown => operation["value"] ?? null;
