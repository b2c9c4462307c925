import type { V1Pod } from "@dingi/api";
import type { NodeInfo } from "../../cache/node-info.ts";
import { MAX_SCORE, SUCCESS, type Plugin } from "../../framework/plugin.ts";

const MEGABYTE = 1024 * 1024;
const MIN_BYTES = 23 * MEGABYTE;
const MAX_BYTES_PER_CONTAINER = 1000 * MEGABYTE;
const KEY = "ImageLocality";

/** The images of a pod; one for each container that asks for it. */
function imagesOf({ spec }: V1Pod): string[] {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map(({ image = "" }) => image);
  const volumes = (spec.volumes ?? []).flatMap(({ image }) => (image ? [image.reference ?? ""] : []));
  return [...containers, ...volumes].map(withTag);
}

function withTag(image: string): string {
  return image.lastIndexOf(":") <= image.lastIndexOf("/") ? `${image}:latest` : image;
}

/**
 * Prefers nodes that have the pod's images already; what few nodes have counts less, so that pods do not pile up there.
 * Upstream: pkg/scheduler/framework/plugins/imagelocality
 */
export const imageLocality: Plugin = {
  name: "ImageLocality",
  preScore: (state, pod) => {
    const share = (image: string) => state.snapshot.nodesWithImage(image) / state.nodes.length;
    state.write(KEY, new Map(imagesOf(pod).map((image) => [image, share(image)])));
    return SUCCESS;
  },
  score: (state, pod, node) => {
    const shares = state.read<ReadonlyMap<string, number>>(KEY) ?? new Map<string, number>();
    const images = imagesOf(pod);
    const bytes = images.reduce((sum, image) => sum + scaledBytes(node, image, shares.get(image) ?? 0), 0);
    const most = MAX_BYTES_PER_CONTAINER * images.length;
    const bounded = Math.min(Math.max(bytes, MIN_BYTES), most);
    return Math.floor((MAX_SCORE * (bounded - MIN_BYTES)) / (most - MIN_BYTES));
  },
};

function scaledBytes(node: NodeInfo, image: string, share: number): number {
  return Math.floor((node.images.get(image) ?? 0) * share);
}
