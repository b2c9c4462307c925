import { Pod, type V1Pod } from "@dingi/api";
import { referenceTo, type EventRecorder } from "@dingi/client";
import { kindOfContainer } from "./pod-containers.ts";
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
  return `spec.${kindOfContainer(pod, name)}{${name}}`;
}
