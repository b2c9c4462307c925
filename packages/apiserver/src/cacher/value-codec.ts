import {
  convertAtOnce,
  decodeEnvelope,
  decodeJson,
  decodeProtobuf,
  type AnyKind,
  type KubeObject,
} from "@dingi/apimachinery";
import type { Revision } from "@dingi/store";
import { encodeBody, Stored, valueHead } from "./stored.ts";

const PROTOBUF_MAGIC = Buffer.from("k8s\0");
/** An integer that JSON.parse could round. */
const LONG_INTEGER = /\d{16}/;

/** What is written to the store for an object: its JSON with kind and apiVersion, without a resourceVersion. */
export function encodeValue(kind: AnyKind, object: KubeObject): Uint8Array {
  const text = valueHead(kind) + encodeBody(object);
  const value = new Uint8Array(Buffer.byteLength(text));
  Buffer.from(value.buffer).write(text);
  return value;
}

/** The object behind a stored value, whatever version or encoding an earlier writer chose. */
export function decodeValue(kind: AnyKind, key: string, value: Uint8Array, revision: Revision): Stored {
  const read = readValue(kind, value);
  if (kind.converter.convertMixed && read.apiVersion !== kind.apiVersion)
    return asItWasStored(kind, key, read, revision);
  const hub = convertAtOnce(kind, read.object, { from: read.apiVersion, to: kind.apiVersion });
  const current = kind.custom ? encodeValue(kind, hub) : value;
  if (Buffer.compare(current, value) === 0) return storedOf(kind, key, hub, value, revision);
  // Its schema reads it as something else than what was stored.
  return storedOf(kind, key, hub, current, revision, false);
}

/** Pairs an object of ours with the value that was committed for it; a dry run commits nothing and has revision 0. The object must not be changed any more. */
// oxlint-disable-next-line max-params -- As they come from the store.
export function storedOf(
  kind: AnyKind,
  key: string,
  hub: KubeObject,
  value: Uint8Array,
  revision: Revision,
  isCurrentForm = true,
): Stored {
  const object = stamped(hub, revision);
  const body = bodyOf(kind, value);
  if (body) return new Stored(kind, key, { object, revision, body, isCurrentForm });
  return new Stored(kind, key, {
    object,
    revision,
    body: Buffer.from(encodeBody(object)),
    isCurrentForm: false,
  });
}

/** Whoever has to be asked for another version is asked by who reads it. */
// oxlint-disable-next-line max-params -- As they come from the store.
function asItWasStored(kind: AnyKind, key: string, read: ReadValue, revision: Revision): Stored {
  const object = stamped(read.object, revision);
  const body = Buffer.from(encodeBody(object));
  return new Stored(kind, key, { object, revision, body, isCurrentForm: false, apiVersion: read.apiVersion });
}

function stamped(read: KubeObject, revision: Revision): KubeObject {
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = read;
  return { metadata: revision === 0 ? metadata : { ...metadata, resourceVersion: String(revision) }, ...rest };
}

const heads = new WeakMap<AnyKind, Uint8Array>();

/** The part of a value of ours that is spliced into answers. */
function bodyOf(kind: AnyKind, value: Uint8Array): Uint8Array | undefined {
  let head = heads.get(kind);
  if (!head) heads.set(kind, (head = Buffer.from(valueHead(kind))));
  return startsWith(value, head) ? value.subarray(head.length) : undefined;
}

function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  return bytes.length > head.length && Buffer.compare(bytes.subarray(0, head.length), head) === 0;
}

interface ReadValue {
  readonly object: KubeObject;
  readonly apiVersion: string;
}

function readValue(kind: AnyKind, value: Uint8Array): ReadValue {
  if (startsWith(value, PROTOBUF_MAGIC)) {
    const envelope = decodeEnvelope(value);
    const apiVersion = knownVersion(kind, envelope.apiVersion);
    return { object: decodeProtobuf(kind.versions[apiVersion]!.schema, envelope.raw) as KubeObject, apiVersion };
  }
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  const object = (LONG_INTEGER.test(text) ? decodeJson(value, {}).value : JSON.parse(text)) as KubeObject;
  const apiVersion = knownVersion(kind, object.apiVersion ?? "");
  return { object: kind.versions[apiVersion]!.fromStored?.(object) ?? object, apiVersion };
}

/** What a version that is not served any more has left behind is read as the hub's. */
function knownVersion(kind: AnyKind, apiVersion: string): string {
  return Object.hasOwn(kind.versions, apiVersion) ? apiVersion : kind.apiVersion;
}
