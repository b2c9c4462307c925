import {
  encodeEnvelope,
  encodeJson,
  encodeProtobuf,
  toYaml,
  type KubeObject,
  type StructSchema,
  V1PartialObjectMetadata,
} from "@dingi/apimachinery";
import { objectHead, type Stored } from "../cacher/stored.ts";
import type { MediaType, Negotiated } from "./accept.ts";

const NEWLINE = 0x0a;

/** A stored object as the answer to a GET or a write. */
export function encodeStored(
  stored: Stored,
  apiVersion: string,
  negotiated: Pick<Negotiated, "mediaType" | "pretty">,
): Uint8Array {
  const { mediaType, pretty } = negotiated;
  if (mediaType === "application/json" && !pretty) {
    const head = objectHead(stored.kind.kind, apiVersion, stored.revision);
    const body = stored.body(apiVersion);
    const bytes = Buffer.allocUnsafe(head.length + body.length + 1);
    bytes.write(head, "latin1");
    bytes.set(body, head.length);
    bytes[bytes.length - 1] = NEWLINE;
    return bytes;
  }
  if (mediaType === "application/vnd.kubernetes.protobuf") return protobufOf(stored, apiVersion);
  return encodeObject(withType(stored, apiVersion), undefined, { mediaType, pretty });
}

/** The enveloped protobuf message; made once. */
export function protobufOf(stored: Stored, apiVersion: string): Uint8Array {
  return stored.represent(`protobuf ${apiVersion}`, () => {
    const message = encodeProtobuf(stored.kind.versions[apiVersion]!.schema, stored.inVersion(apiVersion));
    return encodeEnvelope(apiVersion, stored.kind.kind, message);
  });
}

/** The object with its type, in the order that readers expect. */
export function withType(stored: Stored, apiVersion: string): KubeObject {
  return { kind: stored.kind.kind, apiVersion, ...stored.inVersion(apiVersion) };
}

/** Any other answer: a Status, a review, a Table. `schema` is needed for protobuf. */
export function encodeObject(
  object: object,
  schema: StructSchema | undefined,
  negotiated: { mediaType: MediaType; pretty: boolean },
): Uint8Array {
  if (negotiated.mediaType === "application/yaml") return Buffer.from(toYaml(object));
  if (negotiated.mediaType === "application/vnd.kubernetes.protobuf" && schema) {
    const { apiVersion = "", kind = "" } = object as { apiVersion?: string; kind?: string };
    return encodeEnvelope(apiVersion, kind, encodeProtobuf(schema, object));
  }
  const text = negotiated.pretty ? JSON.stringify(JSON.parse(encodeJson(object)), null, 2) : encodeJson(object);
  return Buffer.from(`${text}\n`);
}

export function partialMetadataOf(stored: Stored, viewVersion: string): KubeObject {
  return { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${viewVersion}`, metadata: stored.object.metadata };
}

export const partialMetadataSchema: StructSchema = V1PartialObjectMetadata;
