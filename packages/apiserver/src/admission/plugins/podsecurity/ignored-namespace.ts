import { isEquivalent, isPrivileged, levelText, PREFIX, type Policy } from "./policy.ts";

interface LabelledNamespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly policy: Policy;
  readonly defaults: Policy;
}

/** What is told of labels that demand something where nothing is. Upstream: pod-security-admission/admission/admission.go#exemptNamespaceWarning */
export function ignoredNamespaceText({ name, labels, policy, defaults }: LabelledNamespace): string | undefined {
  if (isPrivileged(policy) || isEquivalent(policy, defaults)) return undefined;
  const demanded = (["enforce", "audit", "warn"] as const).flatMap((mode) => {
    const isLabelled = labels[PREFIX + mode] !== undefined || labels[`${PREFIX}${mode}-version`] !== undefined;
    return isLabelled && policy[mode].level !== "privileged" ? [`${mode}=${levelText(policy[mode])}`] : [];
  });
  const what = JSON.stringify(name);
  return `namespace ${what} is exempt from Pod Security, and the policy (${demanded.join(", ")}) will be ignored`;
}
