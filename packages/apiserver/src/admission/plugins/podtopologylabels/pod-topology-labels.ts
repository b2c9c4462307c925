import { Node, type V1Binding, type V1Pod } from "@dingi/api";
import type { Draft } from "@dingi/apimachinery";
import type { StoreFeed } from "../../../cacher/store-feed.ts";
import type { AdmissionAttributes, Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";

const LABELS = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

/** A pod carries where its node is. Upstream: plugin/pkg/admission/podtopologylabels/admission.go */
export class PodTopologyLabels implements AdmissionPlugin {
  readonly #feed: StoreFeed;

  constructor(feed: StoreFeed) {
    this.#feed = feed;
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE";
  }

  admit({ kind, subresource, object }: AdmissionAttributes): void {
    if (kind.group !== "" || kind.plural !== "pods" || !object) return;
    const nodeName =
      subresource === "" ? (object as V1Pod).spec.nodeName : boundTo(object as unknown as V1Binding, subresource);
    const labels = nodeName ? this.#feed.cache(Node).get(nodeName)?.object.metadata.labels : undefined;
    const copied = LABELS.flatMap((key) => (labels?.[key] === undefined ? [] : [[key, labels[key]] as const]));
    if (copied.length === 0) return;
    const { metadata } = object as Draft<V1Pod>;
    metadata.labels = { ...metadata.labels, ...Object.fromEntries(copied) };
  }
}

function boundTo({ target }: V1Binding, subresource: string): string | undefined {
  return subresource === "binding" && target.kind === "Node" ? target.name : undefined;
}
