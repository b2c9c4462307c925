import { createHash } from "node:crypto";
import type { V1Deployment, V1PodTemplateSpec, V1ReplicaSet } from "@dingi/api";
import { encodeJson, equalJson } from "@dingi/apimachinery";

export const HASH_LABEL = "pod-template-hash";
export const REVISION = "deployment.kubernetes.io/revision";
const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
/** Written by controllers about one object, never handed on. */
const NOT_COPIED = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  "deployment.kubernetes.io/desired-replicas",
  "deployment.kubernetes.io/max-replicas",
  "deprecated.deployment.rollback.to",
]);

/** Names the ReplicaSet of a template; `collisions` tells apart what would have the same name. */
export function templateHash(template: V1PodTemplateSpec, collisions: number): string {
  const digest = createHash("sha256").update(encodeJson(template)).update(String(collisions)).digest();
  return Array.from(digest.subarray(0, 10), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}

export function sameTemplate(a: V1PodTemplateSpec | undefined, b: V1PodTemplateSpec | undefined): boolean {
  return equalJson(withoutHash(a), withoutHash(b));
}

function withoutHash(template: V1PodTemplateSpec | undefined): object {
  if (!template) return {};
  const { [HASH_LABEL]: _hash, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** The set of the deployment's current template; the oldest of several. */
export function findNewSet({ spec }: V1Deployment, sets: readonly V1ReplicaSet[]): V1ReplicaSet | undefined {
  const same = sets.filter((rs) => sameTemplate(rs.spec.template, spec.template));
  return same.sort((a, b) => ((a.metadata.creationTimestamp ?? "") < (b.metadata.creationTimestamp ?? "") ? -1 : 1))[0];
}

/** Revisions are 64 bits wide; what is not a number counts as none. */
export function revisionOf(rs: V1ReplicaSet): bigint {
  return toRevision(rs.metadata.annotations?.[REVISION] ?? "") ?? 0n;
}

export function nextRevision(old: readonly V1ReplicaSet[]): bigint {
  return old.map(revisionOf).reduce((max, revision) => (revision > max ? revision : max), 0n) + 1n;
}

function toRevision(text: string): bigint | undefined {
  return /^[+-]?\d+$/.test(text) ? BigInt.asIntN(64, BigInt(text)) : undefined;
}

/** What a set of the deployment is annotated with. */
export function setAnnotations(
  deployment: V1Deployment,
  own: Readonly<Record<string, string>>,
  revision: bigint,
): Record<string, string> {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key));
  const before = own[REVISION];
  const history = own[REVISION_HISTORY];
  const old = before === undefined ? undefined : toRevision(before);
  const moved = before !== undefined && old !== undefined && old < revision;
  return {
    ...own,
    ...Object.fromEntries(copied),
    [REVISION]: moved || before === undefined ? String(revision) : before,
    ...(moved ? { [REVISION_HISTORY]: history ? `${history},${before}` : before } : {}),
  };
}
