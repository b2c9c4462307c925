/** Who and what no policy is about. Upstream: pod-security-admission/admission/api/v1/types.go#PodSecurityExemptions */
export interface Exemptions {
  readonly usernames?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly runtimeClasses?: readonly string[];
}

export const isExempt = (name: string | undefined, names: readonly string[] = []): boolean =>
  name !== undefined && name !== "" && names.includes(name);
