import type { V1Node } from "@dingi/api";
import type { Draft } from "@dingi/apimachinery";
import type { AdmissionAttributes, AdmissionPlugin, Operation } from "./admission.ts";

const NOT_READY = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };

/** No pod is put on a new node before it is seen to be ready. Upstream: plugin/pkg/admission/nodetaint/admission.go */
export class TaintNodesByCondition implements AdmissionPlugin {
  readonly name = "TaintNodesByCondition";

  handles(operation: Operation): boolean {
    return operation === "CREATE";
  }

  admit({ kind, subresource, object }: AdmissionAttributes): void {
    if (kind.group !== "" || kind.plural !== "nodes" || subresource !== "") return;
    const node = object as Draft<V1Node>;
    const taints = node.spec.taints ?? [];
    if (taints.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect)) return;
    node.spec.taints = [...taints, { ...NOT_READY }];
  }
}
