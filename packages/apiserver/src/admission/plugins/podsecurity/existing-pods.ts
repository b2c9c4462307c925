import type { V1Pod } from "@dingi/api";
import type { Clock } from "@dingi/base";
import { reasonsText, violationsOf } from "./levels.ts";
import { levelText, type LevelVersion } from "./policy.ts";

const MOST_PODS = 3000;
const LONGEST_MS = 1000;

/** What is to be told of a namespace's pods when more is demanded of them. */
interface ExistingPods {
  readonly namespace: string;
  readonly pods: readonly V1Pod[];
  readonly enforce: LevelVersion;
  /** By the monotonic clock, until when the request has to be answered. */
  readonly deadlineMs: number | undefined;
}

/** Upstream: pod-security-admission/admission/admission.go#EvaluatePodsInNamespace */
export async function warningsAbout(existing: ExistingPods, clock: Clock): Promise<string[]> {
  const { namespace, enforce } = existing;
  const pods = oneOfEachController(existing.pods);
  const { found, checked } = await check(pods.slice(0, MOST_PODS), existing, clock);
  const warnings: string[] = [];
  if (checked < pods.length)
    warnings.push(
      `new PodSecurity enforce level only checked against the first ${checked} of ${pods.length} existing pods`,
    );
  if (found.size > 0)
    warnings.push(
      `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(levelText(enforce))}`,
    );
  return [...warnings, ...[...found].map(([reasons, names]) => `${podsText(names)}: ${reasons}`).sort()];
}

async function check(pods: readonly V1Pod[], { enforce, deadlineMs }: ExistingPods, clock: Clock) {
  const now = clock.monotonic();
  const endMs = now + Math.min(LONGEST_MS, deadlineMs === undefined ? Infinity : (deadlineMs - now) / 2);
  const found = new Map<string, string[]>();
  let checked = 0;
  for (const pod of pods) {
    const violations = violationsOf(enforce, pod);
    checked++;
    if (violations.length > 0) {
      const reasons = reasonsText(violations);
      const names = found.get(reasons) ?? [];
      found.set(reasons, names);
      names.push(pod.metadata.name ?? "");
    }
    await clock.yieldIfDue();
    if (clock.monotonic() > endMs) break;
  }
  return { found, checked };
}

function podsText(names: readonly string[]): string {
  const [first] = [...names].sort();
  const others = names.length - 1;
  if (others === 0) return first!;
  return `${first} (and ${others} other ${others === 1 ? "pod" : "pods"})`;
}

/** First those that are likely to differ. */
function oneOfEachController(pods: readonly V1Pod[]): V1Pod[] {
  const seen = new Set<string>();
  const [first, more]: [V1Pod[], V1Pod[]] = [[], []];
  for (const pod of pods) {
    const uid = pod.metadata.ownerReferences?.find(({ controller }) => controller)?.uid;
    (uid !== undefined && seen.has(uid) ? more : first).push(pod);
    if (uid !== undefined) seen.add(uid);
  }
  return [...first, ...more];
}
