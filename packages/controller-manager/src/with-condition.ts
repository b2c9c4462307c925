/** What conditions of all kinds have. */
interface Condition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string | undefined;
}

/**
 * With one condition as it is now: its time is that of its last change of status.
 * Upstream: apimachinery/pkg/api/meta/conditions.go#SetStatusCondition
 */
export function withCondition<C extends Condition>(
  conditions: readonly C[] = [],
  said: Omit<C, "lastTransitionTime">,
  now: string,
): C[] {
  const before = conditions.find(({ type }) => type === said.type);
  const lastTransitionTime = before?.status === said.status ? before.lastTransitionTime : now;
  const condition = { ...before, ...said, lastTransitionTime } as C;
  return before ? conditions.map((one) => (one === before ? condition : one)) : [...conditions, condition];
}
