import { decode } from "@dingi/grpc";
import type { RuntimeEvent } from "../runtime-event.ts";
import { type EnvelopeValue, TaskExit, TaskOom, TaskStart } from "./event-messages.ts";

/** What an envelope says about a container, or undefined when nothing that matters here. */
export function runtimeEventOf(envelope: EnvelopeValue): RuntimeEvent | undefined {
  if (envelope.namespace !== "k8s.io" || !envelope.event) return undefined;
  return READERS.get(envelope.topic)?.(envelope.event.value);
}

const READERS: ReadonlyMap<string, (value: Uint8Array) => RuntimeEvent | undefined> = new Map(
  Object.entries({
    "/tasks/start": (value: Uint8Array): RuntimeEvent => ({
      type: "started",
      id: decode<{ containerId: string }>(TaskStart, value).containerId,
    }),
    "/tasks/oom": (value: Uint8Array): RuntimeEvent => ({
      type: "oom",
      id: decode<{ containerId: string }>(TaskOom, value).containerId,
    }),
    "/tasks/exit": (value: Uint8Array): RuntimeEvent | undefined => {
      const exit = decode<{ containerId: string; id: string; exitStatus: number }>(TaskExit, value);
      if (exit.id !== exit.containerId) return undefined;
      return { type: "exited", id: exit.id, exitCode: exit.exitStatus };
    },
  }),
);
