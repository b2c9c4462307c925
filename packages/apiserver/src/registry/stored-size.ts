import {
  encodeJson,
  encodeProtobuf,
  newUnclassifiedError,
  type KubeObject,
  type StructSchema,
} from "@dingi/apimachinery";

/** Of one object in upstream's store, which is etcd with its default of --max-request-bytes. */
export const MAX_STORED_BYTES = 1.5 * 1024 * 1024;

interface SizedKind {
  readonly schema: StructSchema;
  readonly custom?: boolean | undefined;
}

/**
 * Whether an object is small enough to be stored. It is measured as upstream stores it, in protobuf, whatever this store
 * keeps, so that both take the same objects: a Secret of 1 MiB and its annotations are more than the limit in JSON.
 */
export function fitsStore(kind: SizedKind, object: KubeObject): boolean {
  return isShort(object) || storedLength(kind, object) <= MAX_STORED_BYTES;
}

/** What an object leaves of the bytes that one may have for who owns its fields; negative when there is no room for the object alone. */
export function roomForOwners(kind: SizedKind, object: KubeObject): number {
  if (isShort(object)) return MAX_STORED_BYTES;
  const unowned = { ...object, metadata: { ...object.metadata, managedFields: undefined } };
  return MAX_STORED_BYTES - storedLength(kind, unowned);
}

/** Upstream stores custom objects as JSON, too. */
function storedLength({ schema, custom }: SizedKind, object: KubeObject): number {
  return custom ? Buffer.byteLength(encodeJson(object)) : encodeProtobuf(schema, object).length;
}

/** In the words that clients know. Upstream: go.etcd.io/etcd/api/v3/v3rpc/rpctypes/error.go#ErrRequestTooLarge */
export const newTooLargeToStore = (): Error => newUnclassifiedError("etcdserver: request is too large");

/** A character is three bytes at most, for each unit of UTF-16. */
const BYTES_PER_UNIT = 3;

/** Whether an object is below the limit for certain; cheap, as nearly all objects are. */
function isShort(value: unknown): boolean {
  return roomAfter(value, MAX_STORED_BYTES / BYTES_PER_UNIT) > 0;
}

/** What a value leaves of some room for text and punctuation; looked at no further once there is none. */
function roomAfter(value: unknown, room: number): number {
  if (typeof value === "string") return room - value.length;
  if (typeof value !== "object" || value === null) return room - 8;
  let left = room - 2;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && left > 0; i++) left = roomAfter(value[i], left - 2);
    return left;
  }
  for (const name in value) {
    left = roomAfter((value as Record<string, unknown>)[name], left - name.length - 4);
    if (left <= 0) break;
  }
  return left;
}
