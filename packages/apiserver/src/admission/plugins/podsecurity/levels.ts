import type { Check, CheckPod, PodTemplate, Violation } from "./checks/check.ts";
import { capabilitiesBaseline, capabilitiesRestricted } from "./checks/capabilities.ts";
import {
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbesAndHostLifecycle,
  windowsHostProcess,
} from "./checks/host.ts";
import {
  allowPrivilegeEscalation,
  privileged,
  procMount,
  procMountRestricted,
  runAsNonRoot,
  runAsUser,
} from "./checks/privileges.ts";
import {
  appArmorProfile,
  seccompProfileBaseline,
  seccompProfileRestricted,
  seLinuxOptions,
} from "./checks/profiles.ts";
import { restrictedVolumes } from "./checks/restricted-volumes.ts";
import { sysctls } from "./checks/sysctls.ts";
import type { LevelVersion } from "./policy.ts";

/** Both in the order of upstream's names, in which violations are told. Upstream: pod-security-admission/policy/registry.go#populate */
const BASELINE: readonly Check[] = [
  appArmorProfile,
  capabilitiesBaseline,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbesAndHostLifecycle,
  privileged,
  procMount,
  seLinuxOptions,
  seccompProfileBaseline,
  sysctls,
  windowsHostProcess,
];
const RESTRICTED: readonly Check[] = [
  allowPrivilegeEscalation,
  capabilitiesRestricted,
  procMountRestricted,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompProfileRestricted,
];
/** Later versions are as this one, in which something changed last. */
const NEWEST = Math.max(...[...BASELINE, ...RESTRICTED].flatMap(({ versions }) => versions.map(({ since }) => since)));

/** By level and minor version; made when they are first asked for. */
const made = new Map<string, readonly CheckPod[]>();

/** All that is wrong with a pod at a level, as it was in a version of Kubernetes. */
export function violationsOf({ level, version }: LevelVersion, pod: PodTemplate): Violation[] {
  if (level === "privileged") return [];
  const minor = version === "latest" ? NEWEST : Math.min(NEWEST, version);
  const key = `${level}:${minor}`;
  let checks = made.get(key);
  if (!checks) made.set(key, (checks = checksOf(level, minor)));
  return checks.flatMap((check) => check(pod) ?? []);
}

function checksOf(level: "baseline" | "restricted", minor: number): readonly CheckPod[] {
  const asOf = (checks: readonly Check[]) =>
    checks.flatMap(({ id, versions }) => {
      const current = versions.findLast(({ since }) => since <= minor);
      return current ? [{ id, ...current }] : [];
    });
  const baseline = asOf(BASELINE);
  if (level === "baseline") return baseline.map(({ check }) => check);
  const restricted = asOf(RESTRICTED);
  const overridden = new Set(restricted.flatMap(({ overrides = [] }) => overrides));
  return [...baseline.filter(({ id }) => !overridden.has(id)), ...restricted].map(({ check }) => check);
}

/** "host namespaces, privileged" */
export const reasonsText = (violations: readonly Violation[]): string =>
  violations.map(({ reason }) => reason).join(", ");

/** "host namespaces (hostPID=true), …" */
export const detailsText = (violations: readonly Violation[]): string =>
  violations.map(({ reason, detail }) => (detail === "" ? reason : `${reason} (${detail})`)).join(", ");
