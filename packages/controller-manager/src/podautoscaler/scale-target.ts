import type { V1Scale, V2HorizontalPodAutoscaler } from "@dingi/api";
import { groupOf, isConflict, type KindDefinition, type KubeObject, type ObjectKey } from "@dingi/apimachinery";
import { apiVersionOfResource } from "@dingi/client";
import type { ReconcileContext } from "@dingi/controller-runtime";

type Reading = Pick<ReconcileContext, "client" | "kinds">;

/** What an autoscaler scales, and its Scale as it is now. */
export interface ScaleTarget {
  readonly kind: KindDefinition;
  readonly key: ObjectKey;
  readonly scale: V1Scale;
}

/** Upstream's attempts. client-go/util/retry/util.go#DefaultRetry */
const MAX_TRIES = 5;
const SCALE = { subresource: "scale" } as const;
/** A group and a version, neither of which is a path. */
const MAX_SLASHES = 1;

/** Upstream's text for a version that is none. Upstream: apimachinery/pkg/runtime/schema/group_version.go#ParseGroupVersion */
class InvalidApiVersionError extends Error {
  override name = "InvalidApiVersionError";
}

/** Whichever version of it is served. Upstream: pkg/controller/podautoscaler/horizontal.go#scaleForResourceMappings */
export function targetKindOf(autoscaler: V2HorizontalPodAutoscaler, { kinds }: Reading): KindDefinition {
  const { apiVersion = "", kind } = autoscaler.spec.scaleTargetRef;
  if (apiVersion.split("/").length - 1 > MAX_SLASHES)
    throw new InvalidApiVersionError(`unexpected GroupVersion string: ${apiVersion}`);
  const group = groupOf(apiVersion);
  const { current } = kinds;
  const served = current.resources.find((resource) => resource.kind === kind && resource.group === group);
  const found = served && current.kindOf(apiVersionOfResource(served), kind);
  if (!found) throw new Error(`no matches for kind "${kind}" in group "${group}"`);
  return found;
}

export async function readScale(kind: KindDefinition, key: ObjectKey, { client }: Reading): Promise<ScaleTarget> {
  return { kind, key, scale: (await client.get(kind, key, SCALE)) as unknown as V1Scale };
}

/** Tried again on a newer Scale should somebody else have been first. */
export async function rescale(target: ScaleTarget, replicas: number, reading: Reading): Promise<void> {
  let { scale } = target;
  for (let tries = 1; ; tries++) {
    try {
      const wanted = { ...scale, spec: { ...scale.spec, replicas } };
      await reading.client.update(target.kind, { ...wanted, ...TYPE } as unknown as KubeObject, SCALE);
      return;
    } catch (error) {
      if (!isConflict(error) || tries >= MAX_TRIES) throw error;
      ({ scale } = await readScale(target.kind, target.key, reading));
    }
  }
}

const TYPE = { apiVersion: "autoscaling/v1", kind: "Scale" } as const;
