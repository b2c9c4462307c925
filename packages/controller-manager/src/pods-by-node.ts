import { Pod, type V1Pod } from "@dingi/api";
import { indexOf, type ControllerCache } from "@dingi/controller-runtime";

const NODE = "node";

/** For `podsOn`. */
export const podsByNode = indexOf(Pod, NODE, ({ spec }) => (spec.nodeName ? [spec.nodeName] : []));

export function podsOn(node: string, cache: ControllerCache): V1Pod[] {
  return cache.by(Pod, NODE, node);
}
