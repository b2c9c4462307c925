import { Pod, type V1Toleration } from "@dingi/api";
import type { Draft } from "@dingi/apimachinery";
import { isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";

const NOT_READY = "node.kubernetes.io/not-ready";
const UNREACHABLE = "node.kubernetes.io/unreachable";

export interface DefaultTolerationOptions {
  /** Upstream's flag --default-not-ready-toleration-seconds. */
  readonly notReadySeconds: number;
  /** Upstream's flag --default-unreachable-toleration-seconds. */
  readonly unreachableSeconds: number;
}

/** How long a pod stays on a node that fails. Upstream: plugin/pkg/admission/defaulttolerationseconds/admission.go */
export class DefaultTolerationSeconds implements AdmissionPlugin {
  readonly #options: DefaultTolerationOptions;

  constructor(options: DefaultTolerationOptions) {
    this.#options = options;
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE" || operation === "UPDATE";
  }

  admit(attributes: AdmissionAttributes): void {
    if (!isWriteOf(attributes, Pod)) return;
    const pod = attributes.object;
    const tolerations = pod.spec.tolerations ?? [];
    const added = [
      ...(tolerates(tolerations, NOT_READY) ? [] : [toleration(NOT_READY, this.#options.notReadySeconds)]),
      ...(tolerates(tolerations, UNREACHABLE) ? [] : [toleration(UNREACHABLE, this.#options.unreachableSeconds)]),
    ];
    if (added.length > 0) pod.spec.tolerations = [...tolerations, ...added];
  }
}

function tolerates(tolerations: readonly V1Toleration[], key: string): boolean {
  return tolerations.some(
    (toleration) =>
      (!toleration.key || toleration.key === key) && (!toleration.effect || toleration.effect === "NoExecute"),
  );
}

function toleration(key: string, tolerationSeconds: number): Draft<V1Toleration> {
  return { key, operator: "Exists", effect: "NoExecute", tolerationSeconds };
}
