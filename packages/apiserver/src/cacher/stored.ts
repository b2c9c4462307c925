import { encodeJson, type AnyKind, type KubeObject } from "@dingi/apimachinery";
import { invariant } from "@dingi/base";
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
  /** In the shape of its `apiVersion`, with its resourceVersion. */
  readonly object: T;
  /** The hub's; another only where somebody has to be asked to bring it there. */
  readonly apiVersion: string;
  readonly revision: Revision;
  /** Whether the store's value is what would be written today, and not another version or encoding. */
  readonly isCurrentForm: boolean;
  readonly #ownBody: Uint8Array;
  /** Of the versions that somebody asked for; as old as this revision. */
  #versions: Map<string, VersionedForm> | undefined;
  #representations: Map<string, unknown> | undefined;

  constructor(kind: AnyKind, key: string, { object, revision, body, ...form }: StoredForm<T>) {
    this.kind = kind;
    this.key = key;
    this.object = object;
    this.revision = revision;
    this.isCurrentForm = form.isCurrentForm ?? true;
    this.apiVersion = form.apiVersion ?? kind.apiVersion;
    this.#ownBody = body;
  }

  /** Bytes of its JSON: what it takes, more or less. */
  get size(): number {
    return this.#ownBody.length;
  }

  /** The JSON after `"metadata":{` in the given version. */
  body(apiVersion: string): Uint8Array {
    if (apiVersion === this.apiVersion) return this.#ownBody;
    const form = this.#form(apiVersion);
    return (form.body ??= Buffer.from(encodeBody(form.object)));
  }

  /** The object in the shape of one of its kind's versions, without apiVersion and kind. The version has been made ready. */
  inVersion(apiVersion: string): KubeObject {
    return apiVersion === this.apiVersion ? this.object : this.#form(apiVersion).object;
  }

  isReadyIn(apiVersion: string): boolean {
    return apiVersion === this.apiVersion || this.#versions?.has(apiVersion) === true;
  }

  /** What `readyIn` has had converted. */
  keepVersion(apiVersion: string, object: KubeObject): void {
    (this.#versions ??= new Map()).set(apiVersion, { object, body: undefined });
  }

  #form(apiVersion: string): VersionedForm {
    const form = this.#versions?.get(apiVersion);
    invariant(form, `${this.kind.kind} "${this.key}" was not made ready in "${apiVersion}"`);
    return form;
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

interface StoredForm<T> {
  readonly object: T;
  readonly revision: Revision;
  readonly body: Uint8Array;
  readonly isCurrentForm?: boolean;
  readonly apiVersion?: string;
}

interface VersionedForm {
  readonly object: KubeObject;
  body: Uint8Array | undefined;
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
function revisionText(revision: Revision): string {
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
