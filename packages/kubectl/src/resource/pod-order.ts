import { listAt, numberAt, textAt, type AnyObject } from "../json.ts";

const PHASES: Readonly<Record<string, number>> = { Running: 0, Unknown: 1, Pending: 2 };

/**
 * The Pod of several that a command is most likely meant for comes first; logs prefer the one that was restarted more
 * often. Upstream: kubectl/pkg/util/podutils/podutils.go#ActivePods, #ByLogging
 */
export function bestFirst(pods: readonly AnyObject[], purpose: "logs" | "attach"): AnyObject[] {
  const ranks = new Map(pods.map((pod) => [pod, rank(pod, purpose)]));
  return pods.toSorted((a, b) => compareRanks(ranks.get(a)!, ranks.get(b)!));
}

function rank(pod: AnyObject, purpose: "logs" | "attach"): (number | string)[] {
  const ready = listAt(pod, "status", "conditions").find(
    (condition) => textAt(condition, "type") === "Ready" && textAt(condition, "status") === "True",
  );
  const restarts = Math.max(
    0,
    ...listAt(pod, "status", "containerStatuses").map((each) => numberAt(each, "restartCount")),
  );
  const isDeleting = purpose === "attach" && pod.metadata.deletionTimestamp !== undefined;
  return [
    textAt(pod, "spec", "nodeName") === "" ? 1 : 0,
    PHASES[textAt(pod, "status", "phase")] ?? 0,
    ready ? 0 : 1,
    isDeleting ? 1 : 0,
    textAt(ready, "lastTransitionTime"),
    purpose === "logs" ? -restarts : restarts,
    pod.metadata.creationTimestamp ?? "9",
  ];
}

function compareRanks(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1;
}
