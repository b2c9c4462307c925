import {
  containerLimits,
  containerRequests,
  LimitRange,
  PersistentVolumeClaim,
  Pod,
  type ResourceList,
  type V1LimitRange,
  type V1LimitRangeItem,
  type V1PersistentVolumeClaim,
  type V1Pod,
} from "@dingi/api";
import { aggregateText, type Draft } from "@dingi/apimachinery";
import { inNamespace } from "../../../cacher/in-namespace.ts";
import type { StoreFeed } from "../../../cacher/store-feed.ts";
import { isAt, isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { refusalOf } from "../../refusal.ts";
import { OF_CLAIMS, violations } from "./constraints.ts";
import { setDefaults } from "./defaults.ts";

/** Keeps what pods and claims ask for inside of their namespace's ranges. Upstream: plugin/pkg/admission/limitranger/admission.go */
export class LimitRanger implements AdmissionPlugin {
  readonly #feed: StoreFeed;

  constructor(feed: StoreFeed) {
    this.#feed = feed;
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE" || operation === "UPDATE";
  }

  admit(attributes: AdmissionAttributes): void {
    if (!isAt(attributes, Pod) || !isLimited(attributes)) return;
    for (const range of this.#ranges(attributes)) setDefaults(attributes.object as Draft<V1Pod>, range);
  }

  validate(attributes: AdmissionAttributes): void {
    if (!isLimited(attributes)) return;
    const check = isAt(attributes, Pod) ? ofPod : ofClaim;
    for (const { spec } of this.#ranges(attributes)) {
      const wrong = (spec.limits ?? []).flatMap((item) => check(item, attributes.object as never));
      if (wrong.length > 0) throw refusalOf(attributes, aggregateText(wrong));
    }
  }

  #ranges({ namespace }: AdmissionAttributes): V1LimitRange[] {
    return inNamespace(this.#feed, LimitRange, namespace);
  }
}

/** A pod keeps to a range when it is new or resized; and nothing that is going away is held up. */
function isLimited(attributes: AdmissionAttributes): boolean {
  const { operation, subresource, oldObject } = attributes;
  if (oldObject?.metadata.deletionTimestamp !== undefined) return false;
  if (subresource === "resize") return operation === "UPDATE" && isAt(attributes, Pod);
  if (isWriteOf(attributes, Pod)) return attributes.operation === "CREATE";
  return isWriteOf(attributes, PersistentVolumeClaim);
}

function ofClaim(item: V1LimitRangeItem, { spec }: V1PersistentVolumeClaim): string[] {
  if (item.type !== "PersistentVolumeClaim") return [];
  return violations(item, { requests: spec.resources?.requests ?? {}, limits: {} }, OF_CLAIMS);
}

function ofPod(item: V1LimitRangeItem, pod: V1Pod): string[] {
  if (item.type === "Pod") {
    const { requests, limits } = pod.spec.resources ?? {};
    return violations(item, {
      requests: withPodLevel(containerRequests(pod), requests),
      limits: withPodLevel(containerLimits(pod), limits),
    });
  }
  if (item.type !== "Container") return [];
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap(({ resources }) =>
    violations(item, { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} }),
  );
}

/** Of what a pod asks for itself only these count here. Upstream: …#isSupportedPodLevelResource */
const POD_LEVEL = ["cpu", "memory"];

function withPodLevel(sum: ResourceList, own: ResourceList = {}): ResourceList {
  const names = POD_LEVEL.filter((name) => Object.hasOwn(own, name));
  return { ...sum, ...Object.fromEntries(names.map((name) => [name, own[name]!])) };
}
