import type { V1Container, V1Pod } from "@dingi/api";

type Rule = NonNullable<V1Container["restartPolicyRules"]>[number];

/** The first of a container's rules that is about this exit code. Upstream: pkg/api/v1/pod/util.go#FindMatchingContainerRestartRule */
export function matchingRule({ restartPolicyRules = [] }: V1Container, exitCode: number): Rule | undefined {
  return restartPolicyRules.find(({ exitCodes }) => {
    const isListed = (exitCodes?.values ?? []).includes(exitCode);
    return exitCodes?.operator === "NotIn" ? !isListed : isListed;
  });
}

/** Whether a container that ended is started again: its rules come before its policy, that before the pod's. Upstream: pkg/api/v1/pod/util.go#ContainerShouldRestart */
export function restartsAfter(pod: V1Pod, container: V1Container, exitCode: number): boolean {
  const rule = matchingRule(container, exitCode);
  if (rule) return rule.action === "Restart" || rule.action === "RestartAllContainers";
  const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? "Always";
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

/** Whether one that is killed is: it has no exit code that rules could look at. */
export function restartsAfterKill(pod: V1Pod, container: V1Container): boolean {
  return (container.restartPolicy ?? pod.spec.restartPolicy) !== "Never";
}
