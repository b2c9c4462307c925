import { Pod, podQos, type V1Toleration } from "@dingi/api";
import { newUnclassifiedError } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import { isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import type { Namespaces } from "../../matching/namespaces.ts";
import { covers, mergeTolerations } from "../runtimeclass/toleration-merge.ts";

/** For namespaces that do not say. Upstream: plugin/pkg/admission/podtolerationrestriction/apis/podtolerationrestriction/v1alpha1/types.go#Configuration */
export interface TolerationRules {
  readonly default?: readonly V1Toleration[];
  readonly whitelist?: readonly V1Toleration[];
}

const DEFAULTS = "scheduler.alpha.kubernetes.io/defaultTolerations";
const LISTED = "scheduler.alpha.kubernetes.io/tolerationsWhitelist";
const MEMORY_PRESSURE = { key: "node.kubernetes.io/memory-pressure", operator: "Exists", effect: "NoSchedule" };

/** Which taints a namespace's pods tolerate, and may. Upstream: plugin/pkg/admission/podtolerationrestriction/admission.go */
export class PodTolerationRestriction implements AdmissionPlugin {
  readonly #namespaces: Namespaces;
  readonly #rules: TolerationRules;

  constructor(namespaces: Namespaces, rules: TolerationRules = {}) {
    this.#namespaces = namespaces;
    this.#rules = rules;
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE" || operation === "UPDATE";
  }

  async admit(attributes: AdmissionAttributes): Promise<void> {
    if (!isWriteOf(attributes, Pod)) return;
    const pod = attributes.object;
    const isNew = attributes.operation === "CREATE";
    const extra = isNew ? ((await this.#annotated(attributes, DEFAULTS)) ?? this.#rules.default ?? []) : [];
    const all = podQos(pod) === "BestEffort" ? extra : [...extra, MEMORY_PRESSURE];
    if (all.length > 0) pod.spec.tolerations = mergeTolerations((pod.spec.tolerations ?? []) as V1Toleration[], all);
    await this.validate(attributes);
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    if (!isWriteOf(attributes, Pod)) return;
    const { tolerations = [] } = attributes.object.spec;
    if (tolerations.length === 0) return;
    const ofNamespace = await this.#annotated(attributes, LISTED);
    const listed = ofNamespace ?? this.#rules.whitelist ?? [];
    if (listed.length === 0 || tolerations.every((one) => listed.some((wide) => covers(wide, one)))) return;
    const whose = ofNamespace ? "namespace" : "cluster";
    throw newUnclassifiedError(
      `pod tolerations (possibly merged with namespace default tolerations) conflict with its ${whose} whitelist`,
    );
  }

  /** Undefined where the namespace says nothing. */
  async #annotated(attributes: AdmissionAttributes, key: string): Promise<readonly V1Toleration[] | undefined> {
    const { metadata } = await this.#namespaces.find(attributes.namespace, attributes);
    const text = metadata.annotations?.[key];
    if (text === undefined) return undefined;
    try {
      return text === "" ? [] : (JSON.parse(text) as readonly V1Toleration[]);
    } catch (error) {
      throw newUnclassifiedError(describeError(error));
    }
  }
}
