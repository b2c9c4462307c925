import { Pod, PriorityClass, type V1Pod, type V1PriorityClass } from "@dingi/api";
import { type Draft } from "@dingi/apimachinery";
import type { ResourceCache } from "../../../cacher/resource-cache.ts";
import type { StoreFeed } from "../../../cacher/store-feed.ts";
import { isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import { refusalOf } from "../../refusal.ts";
import type { AdmissionPlugin } from "../../chain.ts";

/** Turns a pod's priority class into its priority. Upstream: plugin/pkg/admission/priority/admission.go */
export class PriorityAdmission implements AdmissionPlugin {
  readonly #classes: ResourceCache;
  /** Until a class changes. */
  #knownDefault: { readonly value: V1PriorityClass | undefined } | undefined;

  constructor(feed: StoreFeed) {
    this.#classes = feed.cache(PriorityClass);
    this.#classes.onEvent(() => (this.#knownDefault = undefined));
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE" || operation === "UPDATE";
  }

  admit(attributes: AdmissionAttributes): void {
    if (!isWriteOf(attributes, Pod)) return;
    const { object: pod, oldObject } = attributes;
    if (oldObject) keepPriority(pod, oldObject);
    else this.#establish(attributes, pod);
  }

  validate(attributes: AdmissionAttributes): void {
    if (!isWriteOf(attributes, PriorityClass)) return;
    const wanted = attributes.object;
    if (!wanted.globalDefault) return;
    const other = this.#default();
    if (!other || other.metadata.name === wanted.metadata.name) return;
    throw refusalOf(
      attributes,
      `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
    );
  }

  #establish(attributes: AdmissionAttributes, pod: Draft<V1Pod>): void {
    const { priorityClassName } = pod.spec;
    const found = priorityClassName ? this.#byName(priorityClassName) : this.#default();
    if (priorityClassName && !found)
      throw refusalOf(attributes, `no PriorityClass with name ${priorityClassName} was found`);
    const priority = found?.value ?? 0;
    const policy = found?.preemptionPolicy ?? "PreemptLowerPriority";
    checkComputed(attributes, ["integer value of priority", pod.spec.priority, priority]);
    checkComputed(attributes, ["string value of PreemptionPolicy", pod.spec.preemptionPolicy, policy]);
    if (found) pod.spec.priorityClassName = found.metadata.name!;
    pod.spec.priority = priority;
    pod.spec.preemptionPolicy = policy;
  }

  #byName(name: string): V1PriorityClass | undefined {
    return this.#classes.get(name)?.object as V1PriorityClass | undefined;
  }

  #default(): V1PriorityClass | undefined {
    this.#knownDefault ??= { value: this.#smallestDefault() };
    return this.#knownDefault.value;
  }

  #smallestDefault(): V1PriorityClass | undefined {
    const all = [...this.#classes.snapshot().values()].map((stored) => stored.object as unknown as V1PriorityClass);
    return all.filter((candidate) => candidate.globalDefault).sort((a, b) => a.value - b.value)[0];
  }
}

type Computed = readonly [what: string, given: string | number | undefined, computed: string | number];

/** What its class says, a pod may say itself, but nothing else. */
function checkComputed(attributes: AdmissionAttributes, [what, given, computed]: Computed): void {
  if (given === undefined || given === computed) return;
  const why = `the ${what} (${given}) must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`;
  throw refusalOf(attributes, why);
}

function keepPriority(pod: Draft<V1Pod>, old: V1Pod): void {
  if (old.spec.priority !== undefined) pod.spec.priority ??= old.spec.priority;
  if (old.spec.preemptionPolicy !== undefined) pod.spec.preemptionPolicy ??= old.spec.preemptionPolicy;
}
