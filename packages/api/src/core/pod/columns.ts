import { ageColumn, nameColumn, translateTimestampSince, type Column, type RowCondition } from "@dingi/apimachinery";
import type { V1Pod } from "./pod.gen.ts";
import { isPodPhaseTerminal } from "./status.ts";
import { summarizePod } from "./summary.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printPod */
export const columns: readonly Column<V1Pod>[] = [
  nameColumn,
  { name: "Ready", type: "string", value: (pod) => summarizePod(pod).ready },
  { name: "Status", type: "string", value: (pod) => summarizePod(pod).reason },
  { name: "Restarts", type: "string", value: (pod, { nowMs }) => restartsText(pod, nowMs) },
  ageColumn,
  { name: "IP", type: "string", priority: 1, value: ({ status }) => status.podIPs?.[0]?.ip || "<none>" },
  { name: "Node", type: "string", priority: 1, value: ({ spec }) => spec.nodeName || "<none>" },
  { name: "Nominated Node", type: "string", priority: 1, value: ({ status }) => status.nominatedNodeName || "<none>" },
  { name: "Readiness Gates", type: "string", priority: 1, value: gatesText },
];

const COMPLETED = { type: "Completed", status: "True" };
const ROW_CONDITIONS: Readonly<Record<string, readonly RowCondition[]>> = {
  Succeeded: [{ ...COMPLETED, reason: "Succeeded", message: "The pod has completed successfully." }],
  Failed: [{ ...COMPLETED, reason: "Failed", message: "The pod failed." }],
};

export const rowConditions = ({ status }: V1Pod): readonly RowCondition[] =>
  isPodPhaseTerminal(status.phase) ? ROW_CONDITIONS[status.phase!]! : [];

function restartsText(pod: V1Pod, nowMs: number): string {
  const { restarts, lastRestart } = summarizePod(pod);
  return restarts !== 0 && lastRestart
    ? `${restarts} (${translateTimestampSince(lastRestart, nowMs)} ago)`
    : String(restarts);
}

function gatesText({ spec, status }: V1Pod): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const met = gates.filter(
    ({ conditionType }) => (status.conditions ?? []).find(({ type }) => type === conditionType)?.status === "True",
  );
  return `${met.length}/${gates.length}`;
}
