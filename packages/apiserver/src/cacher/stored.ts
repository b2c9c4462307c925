import { encodeJson, type AnyKind, type KubeObject } from "@dingi/apimachinery";
import type { Revision } from "@dingi/store";

/**
 * One revision of one object: the immutable object and its bytes, each made at most once.
 *
 * The body is the JSON text after `"metadata":{`: kind, apiVersion and resourceVersion are spliced in front of it,
 * because the revision is only known once the object is committed, and list items carry no kind.
 */
export class Stored<T extends KubeObject = KubeObject> {
  readonly kind: AnyKind;
  /** "namespace/name" or "name": the store's key without the kind's prefix. */
  readonly key: string;
  /** In the hub's shape, with its resourceVersion. */
  readonly object: T;
  readonly revision: Revision;
  readonly #hubBody: Uint8Array;
  #others: Map<string, Uint8Array> | undefined;
  #representations: Map<string, unknown> | undefined;

  constructor(kind: AnyKind, key: string, object: T, revision: Revision, hubBody: Uint8Array) {
    this.kind = kind;
    this.key = key;
    this.object = object;
    this.revision = revision;
    this.#hubBody = hubBody;
  }

  /** Bytes of its JSON: what it takes, more or less. */
  get size(): number {
    return this.#hubBody.length;
  }

  /** The JSON after `"metadata":{` in the given version. */
  body(apiVersion: string): Uint8Array {
    if (apiVersion === this.kind.apiVersion) return this.#hubBody;
    const known = this.#others?.get(apiVersion);
    if (known) return known;
    const body = Buffer.from(encodeBody(this.inVersion(apiVersion)));
    (this.#others ??= new Map()).set(apiVersion, body);
    return body;
  }

  /** The object in the shape of one of its kind's versions, without apiVersion and kind. */
  inVersion(apiVersion: string): KubeObject {
    if (apiVersion === this.kind.apiVersion) return this.object;
    const version = this.kind.versions[apiVersion]!;
    return this.represent(`version ${apiVersion}`, () => version.fromHub!(this.object) as KubeObject);
  }

  /** A derived form that lives as long as this revision does. */
  represent<R>(name: string, make: () => R): R {
    const known = this.#representations?.get(name);
    if (known !== undefined) return known as R;
    const made = make();
    (this.#representations ??= new Map()).set(name, made);
    return made;
  }
}

const METADATA = '"metadata":{';

/** Head of the stored value, up to and including `"metadata":{`. */
export function valueHead(kind: AnyKind): string {
  return `{"kind":"${kind.kind}","apiVersion":"${kind.apiVersion}",${METADATA}`;
}

/** The text after `"metadata":{`, to the closing brace of the object. */
export function encodeBody(object: KubeObject): string {
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = object;
  const { resourceVersion: _revision, ...meta } = metadata;
  const tail = encodeJson(rest);
  return `${encodeJson(meta).slice(1)}${tail === "{}" ? "}" : `,${tail.slice(1)}`}`;
}

/** `"resourceVersion":"7",` in front of a body that has other metadata; nothing for what was not stored. */
export function revisionText(revision: Revision): string {
  return revision === 0 ? "" : `"resourceVersion":"${revision}",`;
}

/** What comes before a body in a response to GET or in a watch event. */
export function objectHead(kind: string, apiVersion: string, revision: Revision): string {
  return `{"kind":"${kind}","apiVersion":"${apiVersion}",${METADATA}${revisionText(revision)}`;
}

/** What comes before a body in a list. */
export function itemHead(revision: Revision): string {
  return `{${METADATA}${revisionText(revision)}`;
}
