import {
  wireTime,
  newBadRequest,
  type AnyKind,
  type Draft,
  type KubeObject,
  type V1ObjectMeta,
} from "@dingi/apimachinery";
import type { Clock, Random } from "@dingi/base";

const MAX_NAME = 63;
const SUFFIX = 5;

/** Upstream: apiserver/pkg/registry/rest/meta.go#FillObjectMetaSystemFields */
export function fillSystemFields(metadata: Draft<V1ObjectMeta>, clock: Clock, random: Random): void {
  metadata.creationTimestamp = wireTime(clock.now());
  metadata.uid = random.uuid();
  delete metadata.selfLink;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
}

/** Upstream: apiserver/pkg/storage/names/generate.go */
export function generateName(base: string, random: Random): string {
  return base.slice(0, MAX_NAME - SUFFIX) + random.suffix(SUFFIX);
}

/** Gives the object the request's namespace, or refuses another. */
export function ensureNamespace(kind: AnyKind, object: Draft<KubeObject>, requested: string): void {
  const namespace = object.metadata.namespace ?? "";
  const expected = kind.scope === "Namespaced" ? requested : "";
  if (namespace === "" && expected !== "") object.metadata.namespace = expected;
  else if (namespace !== "" && expected === "") {
    if (kind.scope === "Namespaced") return;
    delete object.metadata.namespace;
  } else if (namespace !== expected) {
    throw newBadRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
}

/** The name in the path is the object's. Upstream: apiserver/pkg/endpoints/handlers/rest.go#checkName */
export function checkName(object: Draft<KubeObject>, wanted: string): void {
  const name = object.metadata.name ?? "";
  if (name === "")
    throw newBadRequest(`the name of the object (${wanted} based on URL) was undeterminable: name must be provided`);
  if (name !== wanted)
    throw newBadRequest(`the name of the object (${name}) does not match the name on the URL (${wanted})`);
}
