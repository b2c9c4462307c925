import type { PodEvents } from "../pod/pod-events.ts";
import type { ProbeKind, ProbeManagerOptions } from "./probe-manager.ts";

const NOUNS: Readonly<Record<ProbeKind, string>> = { liveness: "Liveness", readiness: "Readiness", startup: "Startup" };

/** Tells of probes that did not simply succeed. Upstream: pkg/kubelet/prober/prober.go#probe */
export function probeEvents(events: PodEvents): ProbeManagerOptions["onTrouble"] {
  return (pod, container, kind, { verdict, output }) => {
    const noun = NOUNS[kind];
    const tell = (reason: string, message: string) => events.container(pod, container, "Warning", reason, message);
    if (verdict === "error") tell("Unhealthy", `${noun} probe errored and resulted in unknown state: ${output}`);
    else if (verdict === "warning") tell("ProbeWarning", `${noun} probe warning: ${output}`);
    else tell("Unhealthy", `${noun} probe failed: ${output}`);
  };
}
