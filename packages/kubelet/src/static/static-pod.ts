import { createHash } from "node:crypto";
import { MIRROR_ANNOTATION, Pod, validatePod, type V1Pod } from "@dingi/api";
import {
  decodeObject,
  encodeJson,
  fieldErrorText,
  path,
  validateObjectMeta,
  yamlToJsonValue,
  type Draft,
} from "@dingi/apimachinery";
import { apiReference } from "./api-reference.ts";

export const HASH_ANNOTATION = "kubernetes.io/config.hash";
const SOURCE_ANNOTATION = "kubernetes.io/config.source";
const SEEN_ANNOTATION = "kubernetes.io/config.seen";
const EVERY_NODE_TROUBLE = { operator: "Exists", effect: "NoExecute" };

interface ManifestFile {
  /** As the node sees it. */
  readonly path: string;
  readonly text: string;
}

interface StaticPodOrigin {
  readonly nodeName: string;
  /** When the file was first read so, in the wire's form. */
  readonly seen: string;
}

/**
 * The pod that a file describes, as this node runs it. Throws when it describes none that could run without the API server.
 * Upstream: pkg/kubelet/config/common.go#tryDecodeSinglePod
 */
export function staticPodOf(file: ManifestFile, { nodeName, seen }: StaticPodOrigin): V1Pod {
  const pod = decode(file.text);
  if (!pod.metadata.name) throw new Error('The pod lacks "metadata.name"');
  Pod.versions["v1"]!.defaults?.(pod);
  // Differs: a hash of the JSON instead of Go's memory; nobody compares the values of two implementations.
  const uid = pod.metadata.uid ?? hashOf(encodeJson(pod), nodeName, file.path);
  pod.metadata = {
    ...pod.metadata,
    uid,
    name: `${pod.metadata.name}-${nodeName.toLowerCase()}`,
    namespace: pod.metadata.namespace ?? "default",
    annotations: {
      ...pod.metadata.annotations,
      [HASH_ANNOTATION]: uid,
      [SOURCE_ANNOTATION]: "file",
      [SEEN_ANNOTATION]: seen,
    },
  };
  delete pod.metadata.annotations![MIRROR_ANNOTATION];
  const others = (pod.spec.tolerations ?? []).filter((each) => each.key || each.effect !== EVERY_NODE_TROUBLE.effect);
  pod.spec = { ...pod.spec, nodeName, tolerations: [...others, EVERY_NODE_TROUBLE] };
  pod.status = { phase: "Pending" };
  check(pod as V1Pod);
  return pod as V1Pod;
}

/** Whether the pod came from a file of this node. */
export function isStaticPod({ metadata }: V1Pod): boolean {
  return metadata.annotations?.[SOURCE_ANNOTATION] === "file" && metadata.annotations[MIRROR_ANNOTATION] === undefined;
}

function decode(text: string): Draft<V1Pod> {
  const { value } = yamlToJsonValue(text);
  const { apiVersion, kind } = (value ?? {}) as { readonly apiVersion?: unknown; readonly kind?: unknown };
  if (apiVersion !== "v1" || kind !== "Pod") throw new Error('It is not a Pod of "v1"');
  const {
    apiVersion: _version,
    kind: _kind,
    ...pod
  } = decodeObject(Buffer.from(encodeJson(value)), Pod.schema).value as Draft<V1Pod> & {
    apiVersion?: string;
    kind?: string;
  };
  return pod as Draft<V1Pod>;
}

function check(pod: V1Pod): void {
  const errors = [...validateObjectMeta(pod.metadata, { namespaced: true }, path("metadata")), ...validatePod(pod)];
  if (errors.length > 0) throw new Error(`The pod is invalid: ${errors.map(fieldErrorText).join("; ")}`);
  const reference = apiReference(pod);
  if (reference) throw new Error(`Static pods may not reference ${reference}`);
}

function hashOf(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest("hex").slice(0, 32);
}
