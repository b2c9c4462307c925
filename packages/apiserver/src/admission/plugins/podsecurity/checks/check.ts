import type { V1Container, V1PodSpec } from "@dingi/api";
import type { V1ObjectMeta } from "@dingi/apimachinery";

/** A pod, or the template of one. */
export interface PodTemplate {
  readonly metadata: V1ObjectMeta;
  readonly spec: V1PodSpec;
}

/** What is wrong with a pod, in few words and in more. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

export type CheckPod = (pod: PodTemplate) => Violation | undefined;

/** One rule, as it was from some minor version of Kubernetes on. */
interface VersionedCheck {
  readonly since: number;
  readonly check: CheckPod;
  /** Checks of the level below that are weaker than this one, and not made beside it. */
  readonly overrides?: readonly string[];
}

export interface Check {
  readonly id: string;
  readonly versions: readonly VersionedCheck[];
}

/** In upstream's order. Upstream: pod-security-admission/policy/visitor.go */
export function containersOf({ initContainers, containers, ephemeralContainers }: V1PodSpec): readonly V1Container[] {
  return [...(initContainers ?? []), ...(containers ?? []), ...((ephemeralContainers ?? []) as readonly V1Container[])];
}

export const quoted = (names: Iterable<string>): string => [...names].map((name) => `"${name}"`).join(", ");

export const plural = (one: string, more: string, count: number): string => (count === 1 ? one : more);

/** "container "a"", "containers "a", "b"" */
export const named = (names: readonly string[]): string =>
  `${plural("container", "containers", names.length)} ${quoted(names)}`;

export const sorted = (values: Iterable<string>): string[] => [...new Set(values)].sort();

type SecurityContext = NonNullable<V1Container["securityContext"]> & NonNullable<V1PodSpec["securityContext"]>;

/** Whose own security context is bad: "pod", and the containers together. */
export function settersOf(spec: V1PodSpec, isBad: (context: Partial<SecurityContext>) => boolean): string[] {
  const bad = containersOf(spec).filter(({ securityContext = {} }) => isBad(securityContext));
  return [
    ...(isBad((spec.securityContext ?? {}) as Partial<SecurityContext>) ? ["pod"] : []),
    ...(bad.length > 0 ? [named(bad.map(({ name }) => name))] : []),
  ];
}

/** Of the pod itself and of its containers, those that are set. */
export function valuesOf<T>(spec: V1PodSpec, read: (context: Partial<SecurityContext>) => T | undefined): T[] {
  const contexts = [spec.securityContext, ...containersOf(spec).map(({ securityContext }) => securityContext)];
  return contexts.flatMap((context) => {
    const value = context && read(context as Partial<SecurityContext>);
    return value === undefined ? [] : [value];
  });
}

/** Windows has no such thing; validation lets nobody set it there. */
export const exceptOnWindows =
  (check: CheckPod): CheckPod =>
  (pod) =>
    pod.spec.os?.name === "windows" ? undefined : check(pod);

/** Whoever is root there is nobody here. */
export const exceptInUserNamespace =
  (check: CheckPod): CheckPod =>
  (pod) =>
    pod.spec.hostUsers === false ? undefined : check(pod);
