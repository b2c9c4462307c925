import { findUntoleratedTaint, matchesRequiredNodeAffinity, type V1Node, type V1Pod } from "@dingi/api";
import { appArmorProfileOf } from "../container/security-context.ts";
import { forbiddenSysctl } from "../container/sysctls.ts";
import type { RuntimeFeatures } from "../runtime/runtime-features.ts";
import { isStaticPod } from "../static/static-pod.ts";
import type { Rejection } from "./pod-admission.ts";
import { everyContainer } from "./pod-containers.ts";

const OS_LABEL = "kubernetes.io/os";
const OS = "linux";

/** Why a node of this kind will never run the pod; undefined when it can. Pure. Upstream: pkg/kubelet/lifecycle/predicate.go */
export function refuseDemands(pod: V1Pod, { supplementalGroupsPolicy }: RuntimeFeatures): Rejection | undefined {
  const sysctl = forbiddenSysctl(pod);
  if (sysctl) return { reason: "SysctlForbidden", message: sysctl };
  const label = pod.metadata.labels?.[OS_LABEL];
  if (label !== undefined && label !== OS)
    return {
      reason: "PodOSSelectorNodeLabelDoesNotMatch",
      message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
    };
  if (pod.spec.os && pod.spec.os.name !== OS)
    return { reason: "PodOSNotSupported", message: "Failed to admit pod as the OS field doesn't match node OS" };
  if (pod.spec.securityContext?.supplementalGroupsPolicy === "Strict" && !supplementalGroupsPolicy)
    return {
      reason: "SupplementalGroupsPolicyNotSupported",
      message: "SupplementalGroupsPolicy=Strict is not supported in this node",
    };
  return undefined;
}

/** Whether the pod asks for another node; the scheduler may not have been asked. Pure. */
export function refusePlace(pod: V1Pod, node: V1Node): Rejection | undefined {
  if (!matchesRequiredNodeAffinity(pod.spec, node))
    return predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
  if (!isStaticPod(pod) && findUntoleratedTaint(node.spec.taints, pod.spec.tolerations, ["NoExecute"]))
    return predicate("TaintToleration", "node(s) had taints that the pod didn't tolerate");
  return undefined;
}

/** A profile that nothing would enforce is worse than no pod. Upstream: pkg/security/apparmor/validate.go */
export function refuseAppArmor(pod: V1Pod, { appArmor }: RuntimeFeatures): Rejection | undefined {
  const isRequired = everyContainer(pod).some((container) => {
    const profile = appArmorProfileOf(pod, container);
    return profile !== undefined && profile.type !== "Unconfined";
  });
  if (appArmor || !isRequired) return undefined;
  return { reason: "AppArmor", message: "Cannot enforce AppArmor: AppArmor is not enabled on the host" };
}

function predicate(reason: string, why: string): Rejection {
  return { reason, message: `Predicate ${reason} failed: ${why}` };
}
