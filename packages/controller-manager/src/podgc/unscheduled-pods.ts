import { Pod } from "@dingi/api";
import { DONE, defineController } from "@dingi/controller-runtime";
import { endPod } from "./end-pod.ts";

/** Ends pods that are to go and are on no node: no kubelet will. Upstream: pkg/controller/podgc/gc_controller.go#gcUnscheduledTerminating */
export const unscheduledPodsCollector = defineController({
  name: "unscheduled-pod-garbage-collector",
  serviceAccount: "pod-garbage-collector",
  for: Pod,
  async reconcile(key, context) {
    const pod = context.cache.get(Pod, key);
    if (pod?.metadata.deletionTimestamp && !pod.spec.nodeName) await endPod(pod, context);
    return DONE;
  },
});
