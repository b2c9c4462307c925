import type { V1Container, V1Pod } from "./pod.gen.ts";

type Rule = NonNullable<V1Container["restartPolicyRules"]>[number];

/** The first of a container's rules that is about this exit code. Upstream: pkg/api/v1/pod/util.go#FindMatchingContainerRestartRule */
export function matchingRestartRule({ restartPolicyRules }: V1Container, exitCode: number): Rule | undefined {
  return (restartPolicyRules ?? []).find(({ exitCodes }) => {
    const isListed = (exitCodes?.values ?? []).includes(exitCode);
    return exitCodes?.operator === "NotIn" ? !isListed : isListed;
  });
}

/** Whether a container that ended is started again: its rules come before its policy, that before the pod's. Upstream: pkg/api/v1/pod/util.go#ContainerShouldRestart */
export function restartsAfter({ spec }: Pick<V1Pod, "spec">, container: V1Container, exitCode: number): boolean {
  const rule = matchingRestartRule(container, exitCode);
  if (rule) return rule.action === "Restart" || rule.action === "RestartAllContainers";
  const policy = container.restartPolicy ?? spec.restartPolicy ?? "Always";
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}
