import { ipWarnings, isDns1123Label, path, type FieldPath } from "@dingi/apimachinery";
import type { V1Pod, V1PodSpec, V1PodTemplateSpec } from "../pod.gen.ts";
import { containerWarnings } from "./containers.ts";
import { portWarnings } from "./ports.ts";
import { fractionWarnings } from "./fractions.ts";
import { affinityWarnings, placementWarnings } from "./placement.ts";
import { volumeWarnings } from "./volumes.ts";

const ROOT = path("");

/** Upstream: pkg/registry/core/pod/strategy.go#WarningsOnCreate */
export function podWarnings(pod: V1Pod): string[] {
  const problems = isDns1123Label(pod.metadata.name ?? "");
  return [
    ...(problems.length === 0
      ? []
      : [
          `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${problems.join(" ")}]`,
        ]),
    ...warningsOf(pod.spec, pod.metadata.annotations ?? {}, ROOT, false),
  ];
}

export function podTemplateWarnings({ metadata, spec }: V1PodTemplateSpec, field: FieldPath): string[] {
  return spec ? warningsOf(spec, metadata?.annotations ?? {}, field, true) : [];
}

const DEPRECATED_ANNOTATIONS: readonly (readonly [string, string])[] = [
  ["scheduler.alpha.kubernetes.io/critical-pod", 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ["security.alpha.kubernetes.io/sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
  ["security.alpha.kubernetes.io/unsafe-sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
];

const SECCOMP_ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod";

/** Upstream: pkg/api/pod/warnings.go#warningsForPodSpecAndMeta */
function warningsOf(
  spec: V1PodSpec,
  annotations: Readonly<Record<string, string>>,
  root: FieldPath,
  isTemplate: boolean,
): string[] {
  const field = root.child("spec");
  const noted = root.child("metadata", "annotations");
  const grace = spec.terminationGracePeriodSeconds;
  return [
    ...placementWarnings(spec, field),
    ...DEPRECATED_ANNOTATIONS.filter(([key]) => Object.hasOwn(annotations, key)).map(
      ([key, text]) => `${noted.key(key)}: ${text}`,
    ),
    ...volumeWarnings(spec.volumes ?? [], field.child("volumes")),
    ...repeatWarnings(spec, field),
    ...fractionWarnings(spec.overhead, field.child("overhead")),
    ...(!spec.securityContext?.seccompProfile && Object.hasOwn(annotations, SECCOMP_ANNOTATION)
      ? [`${noted.key(SECCOMP_ANNOTATION)}: non-functional in v1.27+; use the "seccompProfile" field instead`]
      : []),
    ...containerWarnings(spec, annotations, { field, noted, isTemplate }),
    ...portWarnings(spec, field),
    ...(grace !== undefined && grace < 0
      ? [
          `${field.child("terminationGracePeriodSeconds")}: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
    ...affinityWarnings(spec, field.child("affinity")),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((ip, i) =>
      ipWarnings(ip, field.child("dnsConfig", "nameservers").index(i)),
    ),
    ...(spec.hostAliases ?? []).flatMap(({ ip }, i) => ipWarnings(ip, field.child("hostAliases").index(i).child("ip"))),
  ];
}

function repeatWarnings({ hostAliases = [], imagePullSecrets = [] }: V1PodSpec, field: FieldPath): string[] {
  if (hostAliases.length === 0 && imagePullSecrets.length === 0) return [];
  const ips = hostAliases.map(({ ip }) => ip);
  const names = imagePullSecrets.map(({ name }) => name ?? "");
  const secrets = field.child("imagePullSecrets");
  return [
    ...repeats(ips).map((i) => `${field.child("hostAliases").index(i).child("ip")}: duplicate ip "${ips[i]}"`),
    ...repeats(names).map((i) => `${secrets.index(i).child("name")}: duplicate name "${names[i]}"`),
    ...names.flatMap((name, i) => (name === "" ? [`${secrets.index(i).child("name")}: invalid empty name ""`] : [])),
  ];
}

function repeats(values: readonly string[]): number[] {
  const seen = new Set<string>();
  return values.flatMap((value, i) => (seen.size === seen.add(value).size ? [i] : []));
}
