import { Pod, RuntimeClass, type V1Pod, type V1RuntimeClass, type V1Toleration } from "@dingi/api";
import { semanticEqual, type Draft } from "@dingi/apimachinery";
import type { ResourceCache } from "../../../cacher/resource-cache.ts";
import type { StoreFeed } from "../../../cacher/store-feed.ts";
import { isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import { refusalOf } from "../../refusal.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { mergeTolerations } from "./toleration-merge.ts";

const WRONG_OVERHEAD = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

/** Gives pods the overhead, nodes and tolerations of their runtime class. Upstream: plugin/pkg/admission/runtimeclass/admission.go */
export class RuntimeClassAdmission implements AdmissionPlugin {
  readonly #classes: ResourceCache;

  constructor(feed: StoreFeed) {
    this.#classes = feed.cache(RuntimeClass);
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE";
  }

  admit(attributes: AdmissionAttributes): void {
    if (!isWriteOf(attributes, Pod)) return;
    const pod = attributes.object;
    const found = this.#classOf(attributes, pod);
    if (found?.overhead) setOverhead(attributes, pod, found);
    if (found?.scheduling) setScheduling(attributes, pod, found.scheduling);
  }

  validate(attributes: AdmissionAttributes): void {
    if (!isWriteOf(attributes, Pod)) return;
    const pod = attributes.object;
    const found = this.#classOf(attributes, pod);
    const { overhead } = pod.spec;
    if (!found?.overhead && overhead !== undefined)
      throw refusalOf(attributes, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
    if (found?.overhead && !semanticEqual(found.overhead.podFixed ?? {}, overhead ?? {}))
      throw refusalOf(attributes, WRONG_OVERHEAD);
  }

  #classOf(attributes: AdmissionAttributes, { spec }: Draft<V1Pod>): V1RuntimeClass | undefined {
    const name = spec.runtimeClassName;
    if (name === undefined) return undefined;
    const found = this.#classes.get(name)?.object as V1RuntimeClass | undefined;
    if (!found) throw refusalOf(attributes, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
    return found;
  }
}

function setOverhead(attributes: AdmissionAttributes, { spec }: Draft<V1Pod>, { overhead }: V1RuntimeClass): void {
  const fixed = overhead?.podFixed ?? {};
  if (Object.keys(spec.overhead ?? {}).length > 0 && !semanticEqual(fixed, spec.overhead))
    throw refusalOf(attributes, WRONG_OVERHEAD);
  if (overhead?.podFixed) spec.overhead = { ...fixed };
  else delete spec.overhead;
}

function setScheduling(
  attributes: AdmissionAttributes,
  { spec }: Draft<V1Pod>,
  { nodeSelector, tolerations = [] }: NonNullable<V1RuntimeClass["scheduling"]>,
): void {
  for (const [key, value] of Object.entries(nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value) {
      const wanted = `runtimeClass.scheduling.nodeSelector[${key}] = ${value}`;
      throw refusalOf(attributes, `conflict: ${wanted}; pod.spec.nodeSelector[${key}] = ${own}`);
    }
  }
  if (nodeSelector) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector };
  const merged = mergeTolerations((spec.tolerations ?? []) as V1Toleration[], tolerations);
  if (merged.length > 0) spec.tolerations = merged;
}
