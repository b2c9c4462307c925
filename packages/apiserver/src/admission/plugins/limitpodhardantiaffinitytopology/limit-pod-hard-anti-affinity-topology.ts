import { Pod } from "@dingi/api";
import { isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { refusalOf } from "../../refusal.ts";

const HOSTNAME = "kubernetes.io/hostname";

/** No pod keeps others away from more than its node. Upstream: plugin/pkg/admission/antiaffinity/admission.go */
export class LimitPodHardAntiAffinityTopology implements AdmissionPlugin {
  handles(operation: Operation): boolean {
    return operation === "CREATE" || operation === "UPDATE";
  }

  validate(attributes: AdmissionAttributes): void {
    if (!isWriteOf(attributes, Pod)) return;
    const terms =
      attributes.object.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const wide = terms.find(({ topologyKey }) => topologyKey !== HOSTNAME);
    if (!wide) return;
    const where = "affinity.PodAntiAffinity.RequiredDuringScheduling";
    throw refusalOf(attributes, `${where} has TopologyKey ${wide.topologyKey} but only key ${HOSTNAME} is allowed`);
  }
}
