import type {
  V1ContainerStatus,
  V1Pod,
  V1PodFailurePolicy,
  V1PodFailurePolicyOnExitCodesRequirement,
  V1PodFailurePolicyRule,
} from "@dingi/api";

interface FailureMatch {
  /** Whether it counts towards the limits. */
  readonly counts: boolean;
  readonly action?: string;
  /** Why the whole Job fails, if it does. */
  readonly message?: string;
}

const UNMATCHED: FailureMatch = { counts: true };

/** What the first rule that matches a failed pod says of it. Upstream: pkg/controller/job/pod_failure_policy.go#matchPodFailurePolicy */
export function matchFailure(policy: V1PodFailurePolicy | undefined, pod: V1Pod): FailureMatch {
  for (const [index, rule] of (policy?.rules ?? []).entries()) {
    const what = whatMatches(rule, pod);
    if (what === undefined) continue;
    const { action } = rule;
    if (action === "FailJob")
      return { counts: true, action, message: `${what} matching FailJob rule at index ${index}` };
    if (action === "Ignore" || action === "FailIndex" || action === "Count")
      return { counts: action !== "Ignore", action };
  }
  return UNMATCHED;
}

function whatMatches({ onExitCodes, onPodConditions = [] }: V1PodFailurePolicyRule, pod: V1Pod): string | undefined {
  const { name, namespace } = pod.metadata;
  if (onExitCodes) {
    const found = containersOf(pod).find((status) => matchesCode(status, onExitCodes));
    const code = found?.state?.terminated?.exitCode;
    return found && `Container ${found.name} for pod ${namespace}/${name} failed with exit code ${code}`;
  }
  const condition = pod.status.conditions?.find(({ type, status }) =>
    onPodConditions.some((pattern) => pattern.type === type && pattern.status === status),
  );
  return condition && `Pod ${namespace}/${name} has condition ${condition.type}`;
}

function containersOf({ status }: V1Pod): readonly V1ContainerStatus[] {
  return [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
}

/** A container that has not ended has no code yet, and 0 is no failure. */
function matchesCode(
  { name, state }: V1ContainerStatus,
  { containerName, operator, values }: V1PodFailurePolicyOnExitCodesRequirement,
): boolean {
  const code = state?.terminated?.exitCode;
  if (!code || (containerName !== undefined && containerName !== name)) return false;
  return operator === "In" ? values.includes(code) : operator === "NotIn" && !values.includes(code);
}
