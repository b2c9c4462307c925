import { canonicalQuantity, formatDuration, quantityFromValue, wireTime } from "@dingi/apimachinery";
import type { Point } from "./parse-metrics.ts";

/** What something has used between two measurements of it. */
export interface Usage {
  readonly timeMs: number;
  readonly windowMs: number;
  readonly nanoCores: number;
  readonly memoryBytes: number;
}

/** The last measurement of something, and an earlier one. */
export interface Points {
  readonly last: Point;
  readonly earlier: Point | undefined;
}

/** What has run for a shorter time tells of its start. As in metrics-server, pkg/storage/pod.go#freshContainerMinMetricsResolution */
const FRESH_MIN_MS = 10_000;

/** Another measurement. One that is no newer than the last is the same one, told again. */
export function withPoint(known: Points | undefined, point: Point): Points {
  if (!known) return { last: point, earlier: undefined };
  if (point.timeMs <= known.last.timeMs) return known;
  return { last: point, earlier: continues(known.last, point) ? known.last : undefined };
}

/** Not if it has been started anew in between. */
function continues(before: Point, after: Point): boolean {
  return before.startMs === after.startMs && before.cpuNanoSeconds <= after.cpuNanoSeconds;
}

/** Undefined until enough is known. As in metrics-server, pkg/storage/types.go#resourceUsage */
export function usageOf({ last, earlier }: Points): Usage | undefined {
  const from = earlier ?? startOf(last);
  if (!from) return undefined;
  const windowMs = last.timeMs - from.timeMs;
  const nanoCores = Math.round(((last.cpuNanoSeconds - from.cpuNanoSeconds) / windowMs) * 1000);
  return { timeMs: last.timeMs, windowMs, nanoCores, memoryBytes: last.memoryBytes };
}

/** When it started it had used nothing. */
function startOf({ startMs, timeMs }: Point): Pick<Point, "timeMs" | "cpuNanoSeconds"> | undefined {
  return startMs !== undefined && timeMs - startMs >= FRESH_MIN_MS ? { timeMs: startMs, cpuNanoSeconds: 0 } : undefined;
}

export function usageList({ nanoCores, memoryBytes }: Usage): { readonly cpu: string; readonly memory: string } {
  return { cpu: canonicalQuantity(`${nanoCores}n`), memory: quantityFromValue(memoryBytes, "BinarySI") };
}

export function measuredAt({ timeMs, windowMs }: Pick<Usage, "timeMs" | "windowMs">) {
  return { timestamp: wireTime(timeMs), window: formatDuration(windowMs) };
}
