import { Node } from "@dingi/api";
import { ignoreNotFound, type ObjectKey } from "@dingi/apimachinery";
import {
  DONE,
  defineController,
  indexOf,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { secondsAt, stepOf } from "./plan.ts";

/** Upstream: api/core/v1/annotation_key_constants.go#ObjectTTLAnnotationKey */
const ANNOTATION = "node.alpha.kubernetes.io/ttl";
const ALL = "all";

/** Tells kubelets for how long they may keep Secrets and ConfigMaps, by the cluster's size. Upstream: pkg/controller/ttl/ttl_controller.go */
export function ttlController(): ControllerDefinition {
  let step = 0;
  return defineController({
    name: "ttl-controller",
    serviceAccount: "ttl-controller",
    for: Node,
    indexes: [indexOf(Node, ALL, () => [ALL])],
    reconcile(key, context) {
      step = stepOf(context.cache.indexed(Node).count(ALL, ALL), step);
      return annotate(key, context, secondsAt(step));
    },
  });
}

async function annotate(key: ObjectKey, { cache, client }: ReconcileContext, seconds: number): Promise<Result> {
  const node = cache.get(Node, key);
  const wanted = String(seconds);
  if (!node || node.metadata.annotations?.[ANNOTATION] === wanted) return DONE;
  const patch = { metadata: { annotations: { [ANNOTATION]: wanted } } };
  await client.patch(Node, key, patch, { type: "strategic" }).catch(ignoreNotFound);
  return DONE;
}
