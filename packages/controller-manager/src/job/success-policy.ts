import type { V1SuccessPolicy } from "@dingi/api";
import { countCommon, countOf, parseIntervals, type Intervals } from "./index-intervals.ts";

/** Why an indexed Job has succeeded already; undefined when it has not. Upstream: pkg/controller/job/success_policy.go */
export function matchSuccess(
  policy: V1SuccessPolicy | undefined,
  completions: number,
  succeeded: Intervals,
): string | undefined {
  if (succeeded.length === 0) return undefined;
  const index = (policy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount = Infinity }) => {
    if (succeededIndexes === undefined) return countOf(succeeded) >= succeededCount;
    const required = parseIntervals(succeededIndexes, completions);
    const reached = countCommon(required, succeeded);
    return required.length > 0 && (reached === countOf(required) || reached >= succeededCount);
  });
  return index < 0 ? undefined : `Matched rules at index ${index}`;
}
