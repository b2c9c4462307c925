import {
  byteLength,
  duplicate,
  goValue,
  invalid,
  isValidGroupId,
  isValidUserId,
  notSupported,
  required,
  tooLong,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import {
  V1SeccompProfile,
  V1SecurityContext,
  type V1AppArmorProfile,
  type V1PodSecurityContext,
  type V1PodSpec,
  type V1Sysctl,
} from "../pod.gen.ts";
import { validateOptionalEnum } from "./names.ts";
import { validateDescendingPath } from "./paths.ts";
import { validateWindowsOptions } from "./windows-options.ts";

const PROFILE_TYPES = ["Localhost", "RuntimeDefault", "Unconfined"];
const PROC_MOUNTS = ["Default", "Unmasked"];
const FS_GROUP_POLICIES = ["Always", "OnRootMismatch"];
const GROUPS_POLICIES = ["Merge", "Strict"];
const SELINUX_POLICIES = ["MountOption", "Recursive"];
const MAX_PROFILE_PATH = 4095;
const MAX_SYSCTL = 253;
const SYSCTL_SEGMENT = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const SYSCTL_PATTERN = `^(${SYSCTL_SEGMENT}[\\./])*${SYSCTL_SEGMENT}$`;
const SYSCTL = new RegExp(SYSCTL_PATTERN);

type Ids = Pick<V1SecurityContext, "runAsUser" | "runAsGroup">;

function idErrors({ runAsUser, runAsGroup }: Ids, field: FieldPath): FieldError[] {
  return [
    ...(runAsUser === undefined
      ? []
      : isValidUserId(runAsUser).map((text) => invalid(field.child("runAsUser"), runAsUser, text))),
    ...(runAsGroup === undefined
      ? []
      : isValidGroupId(runAsGroup).map((text) => invalid(field.child("runAsGroup"), runAsGroup, text))),
  ];
}

/** Upstream: pkg/apis/core/validation/validation.go#ValidateSecurityContext */
export function validateSecurityContext(
  context: V1SecurityContext,
  hostUsers: boolean,
  field: FieldPath,
): FieldError[] {
  const { procMount, seccompProfile, appArmorProfile } = context;
  const at = field.child("procMount");
  return [
    ...idErrors(context, field),
    ...validateOptionalEnum(procMount, PROC_MOUNTS, at),
    ...(hostUsers && procMount === "Unmasked"
      ? [invalid(at, procMount, "`hostUsers` must be false to use `Unmasked`")]
      : []),
    ...(seccompProfile ? seccompErrors(seccompProfile, field.child("seccompProfile")) : []),
    ...escalationErrors(context, field),
    ...windowsErrors(context, field),
    ...(appArmorProfile ? validateAppArmorProfile(appArmorProfile, field.child("appArmorProfile")) : []),
  ];
}

const windowsErrors = ({ windowsOptions }: Pick<V1SecurityContext, "windowsOptions">, field: FieldPath): FieldError[] =>
  windowsOptions ? validateWindowsOptions(windowsOptions, field.child("windowsOptions")) : [];

function escalationErrors(context: V1SecurityContext, field: FieldPath): FieldError[] {
  const { allowPrivilegeEscalation, privileged, capabilities } = context;
  if (allowPrivilegeEscalation !== false) return [];
  const text = "cannot set `allowPrivilegeEscalation` to false and";
  const shown = goValue(V1SecurityContext, { ...context });
  const errors = privileged ? [invalid(field, shown, `${text} \`privileged\` to true`)] : [];
  const admin = (capabilities?.add ?? []).filter((capability) => capability === "CAP_SYS_ADMIN");
  return [...errors, ...admin.map(() => invalid(field, shown, `${text} \`capabilities.Add\` CAP_SYS_ADMIN`))];
}

function seccompErrors(profile: V1SeccompProfile, field: FieldPath): FieldError[] {
  const { type, localhostProfile } = profile;
  const errors = profileTypeErrors(type, "type is required when seccompProfile is set", field.child("type"));
  const at = field.child("localhostProfile");
  if (type === "Localhost") {
    if (localhostProfile === undefined) return [...errors, required(at, "must be set when seccomp type is Localhost")];
    return [...errors, ...validateDescendingPath(localhostProfile, at)];
  }
  if (localhostProfile === undefined) return errors;
  return [
    ...errors,
    invalid(at, goValue(V1SeccompProfile, { ...profile }), "can only be set when seccomp type is Localhost"),
  ];
}

function profileTypeErrors(type: string, missing: string, field: FieldPath): FieldError[] {
  if (!type) return [required(field, missing)];
  return PROFILE_TYPES.includes(type) ? [] : [notSupported(field, type, PROFILE_TYPES)];
}

/** Upstream: …#ValidateAppArmorProfileField */
function validateAppArmorProfile({ type, localhostProfile }: V1AppArmorProfile, field: FieldPath): FieldError[] {
  const at = field.child("localhostProfile");
  if (type === "Localhost") return localhostProfileErrors(localhostProfile, at);
  const errors = profileTypeErrors(type, "type is required when appArmorProfile is set", field.child("type"));
  if (errors.length > 0 || localhostProfile === undefined) return errors;
  return [invalid(at, localhostProfile, "can only be set when AppArmor type is Localhost")];
}

function localhostProfileErrors(profile: string | undefined, field: FieldPath): FieldError[] {
  const missing = "must be set when AppArmor type is Localhost";
  if (profile === undefined) return [required(field, missing)];
  const errors: FieldError[] = [];
  if (profile.trim() !== profile) errors.push(invalid(field, profile, "must not be padded with whitespace"));
  else if (profile === "") errors.push(required(field, missing));
  return byteLength(profile) > MAX_PROFILE_PATH ? [...errors, tooLong(field, profile, MAX_PROFILE_PATH)] : errors;
}

/** Upstream: …#validatePodSpecSecurityContext */
export function validatePodSecurityContext(
  context: V1PodSecurityContext,
  spec: V1PodSpec,
  field: FieldPath,
): FieldError[] {
  const { fsGroup, supplementalGroups = [], seccompProfile, appArmorProfile } = context;
  return [
    ...(fsGroup === undefined
      ? []
      : isValidGroupId(fsGroup).map((text) => invalid(field.child("fsGroup"), fsGroup, text))),
    ...idErrors(context, field),
    ...supplementalGroups.flatMap((id, i) =>
      isValidGroupId(id).map((text) => invalid(field.child("supplementalGroups").index(i), id, text)),
    ),
    ...sysctlErrors(context.sysctls ?? [], spec, field.child("sysctls")),
    ...validateOptionalEnum(context.fsGroupChangePolicy, FS_GROUP_POLICIES, field.child("fsGroupChangePolicy")),
    ...(seccompProfile ? seccompErrors(seccompProfile, field.child("seccompProfile")) : []),
    ...windowsErrors(context, field),
    ...(appArmorProfile ? validateAppArmorProfile(appArmorProfile, field.child("appArmorProfile")) : []),
    ...validateOptionalEnum(context.supplementalGroupsPolicy, GROUPS_POLICIES, field.child("supplementalGroupsPolicy")),
    ...validateOptionalEnum(context.seLinuxChangePolicy, SELINUX_POLICIES, field.child("seLinuxChangePolicy")),
  ];
}

function sysctlErrors(sysctls: readonly V1Sysctl[], spec: V1PodSpec, field: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return sysctls.flatMap(({ name }, i) => {
    const at = field.index(i).child("name");
    const errors: FieldError[] = [];
    if (!name) errors.push(required(at));
    else if (byteLength(name) > MAX_SYSCTL || !SYSCTL.test(name)) {
      errors.push(invalid(at, name, `must have at most ${MAX_SYSCTL} characters and match regex ${SYSCTL_PATTERN}`));
    } else if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    return [...errors, ...hostSysctlErrors(name, spec, at)];
  });
}

const IPC_NAMES = /^kernel\.(sem|shm|shmall|shmmax|shmmni|shm_rmid_forced|msg|msgmax|msgmnb|msgmni)$|^fs\.mqueue\./;

/** A sysctl of a namespace that the pod shares with its host would change the host. Upstream: …#ValidateHostSysctl */
function hostSysctlErrors(sysctl: string, spec: V1PodSpec, field: FieldPath): FieldError[] {
  const name = normalizeSysctl(sysctl).split("*")[0]!;
  if (spec.hostNetwork && name.startsWith("net."))
    return [invalid(field, sysctl, "may not be specified when 'hostNetwork' is true")];
  if (spec.hostIPC && IPC_NAMES.test(name))
    return [invalid(field, sysctl, "may not be specified when 'hostIPC' is true")];
  return [];
}

/** Slashes separate the parts, and then dots belong to them. Upstream: component-helpers/node/util/sysctl/sysctl.go#NormalizeName */
function normalizeSysctl(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  if (first !== "/") return name;
  return name.replace(/[./]/g, (separator) => (separator === "/" ? "." : "/"));
}
