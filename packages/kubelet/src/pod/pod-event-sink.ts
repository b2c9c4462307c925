import { Pod, type V1Pod } from "@dingi/api";
import { referenceTo, type EventRecorder } from "@dingi/client";
import type { PodEvents } from "./pod-events.ts";

/** Events about pods and their containers, through a recorder. */
export function podEvents(recorder: EventRecorder): PodEvents {
  return {
    pod: (pod, type, reason, message) => recorder.event(referenceTo(Pod, pod), type, reason, message),
    container: (pod, container, type, reason, message) => {
      const path = container && fieldPath(pod, container.name);
      recorder.event({ ...referenceTo(Pod, pod), ...(path ? { fieldPath: path } : {}) }, type, reason, message);
    },
  };
}

function fieldPath(pod: V1Pod, name: string): string {
  const init = (pod.spec.initContainers ?? []).some((container) => container.name === name);
  return `spec.${init ? "initContainers" : "containers"}{${name}}`;
}
