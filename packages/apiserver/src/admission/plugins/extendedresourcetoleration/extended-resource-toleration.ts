import { isExtendedResource, Pod, type V1Pod, type V1Toleration } from "@dingi/api";
import { semanticEqual, type Draft } from "@dingi/apimachinery";
import { isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";

/** A pod that asks for a device goes to nodes that are kept for those that do. Upstream: plugin/pkg/admission/extendedresourcetoleration/admission.go */
export class ExtendedResourceToleration implements AdmissionPlugin {
  handles(operation: Operation): boolean {
    return operation === "CREATE" || operation === "UPDATE";
  }

  admit(attributes: AdmissionAttributes): void {
    if (!isWriteOf(attributes, Pod)) return;
    const { spec } = attributes.object;
    const containers = [...spec.containers, ...(spec.initContainers ?? [])];
    const names = containers.flatMap(({ resources }) => Object.keys(resources?.requests ?? {}));
    for (const key of [...new Set(names.filter(isExtendedResource))].sort())
      addToleration(spec, { key, operator: "Exists", effect: "NoSchedule" });
  }
}

/** In place of one that matches the same taint. Upstream: pkg/apis/core/helper/helpers.go#AddOrUpdateTolerationInPod */
function addToleration(spec: Draft<V1Pod>["spec"], toleration: V1Toleration): void {
  const tolerations = (spec.tolerations ?? []) as V1Toleration[];
  const isSame = ({ key = "", effect = "", operator = "", value = "" }: V1Toleration) =>
    key === toleration.key && effect === toleration.effect && operator === toleration.operator && value === "";
  const same = tolerations.filter(isSame);
  if (same.some((one) => semanticEqual(one, toleration))) return;
  spec.tolerations =
    same.length > 0 ? tolerations.map((one) => (isSame(one) ? toleration : one)) : [...tolerations, toleration];
}
