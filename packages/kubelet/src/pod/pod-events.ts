import type { V1Container, V1Pod } from "@dingi/api";

export type EventType = "Normal" | "Warning";

/** Tells users what happens to their pods. */
export interface PodEvents {
  pod(pod: V1Pod, type: EventType, reason: string, message: string): void;
  container(pod: V1Pod, container: V1Container | undefined, type: EventType, reason: string, message: string): void;
}
