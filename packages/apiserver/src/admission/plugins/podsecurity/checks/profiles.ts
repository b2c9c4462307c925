import type { V1PodSpec } from "@dingi/api";
import { goQuote } from "@dingi/apimachinery";
import {
  containersOf,
  exceptOnWindows,
  named,
  plural,
  quoted,
  settersOf,
  sorted,
  valuesOf,
  type Check,
  type CheckPod,
} from "./check.ts";

const PROFILES: ReadonlySet<string> = new Set(["RuntimeDefault", "Localhost"]);
const isForbidden = (type: string | undefined): boolean => type !== undefined && !PROFILES.has(type);

const APP_ARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";

/** Upstream: pod-security-admission/policy/check_appArmorProfile.go */
export const appArmorProfile: Check = {
  id: "appArmorProfile",
  versions: [
    {
      since: 0,
      check({ metadata, spec }) {
        const setters = settersOf(spec, ({ appArmorProfile }) => isForbidden(appArmorProfile?.type));
        const types = valuesOf(spec, (context) => context.appArmorProfile?.type).filter(isForbidden);
        const annotations = Object.entries(metadata.annotations ?? {})
          .filter(([key, value]) => key.startsWith(APP_ARMOR_ANNOTATION) && !isAppArmorAllowed(value))
          .map(([key, value]) => `${key}=${goQuote(value)}`)
          .sort();
        if (annotations.length > 0) setters.push(plural("annotation", "annotations", annotations.length));
        if (setters.length === 0) return undefined;
        const values = [...sorted(types), ...annotations];
        return {
          reason: plural("forbidden AppArmor profile", "forbidden AppArmor profiles", values.length),
          detail: `${setters.join(" and ")} must not set AppArmor profile type to ${quoted(values)}`,
        };
      },
    },
  ],
};

const isAppArmorAllowed = (profile: string): boolean =>
  profile === "" || profile === "runtime/default" || profile.startsWith("localhost/");

const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";

/** By annotations, before there were fields. */
const seccompAnnotations: CheckPod = ({ metadata, spec }) => {
  const { annotations = {} } = metadata;
  const keys = [SECCOMP_POD, ...containersOf(spec).map(({ name }) => SECCOMP_CONTAINER + name)];
  const forbidden = sorted(
    keys
      .filter((key) => annotations[key] !== undefined && !isSeccompAllowed(annotations[key]))
      .map((key) => `${key}=${goQuote(annotations[key]!)}`),
  );
  if (forbidden.length === 0) return undefined;
  const what = plural("annotation", "annotations", forbidden.length);
  return { reason: "seccompProfile", detail: `forbidden ${what} ${forbidden.join(", ")}` };
};

const isSeccompAllowed = (profile: string): boolean =>
  profile === "runtime/default" || profile === "docker/default" || profile.startsWith("localhost/");

const seccompFields: CheckPod = ({ spec }) => {
  const setters = settersOf(spec, ({ seccompProfile }) => isForbidden(seccompProfile?.type));
  if (setters.length === 0) return undefined;
  const values = quoted(sorted(valuesOf(spec, (context) => context.seccompProfile?.type).filter(isForbidden)));
  const detail = `${setters.join(" and ")} must not set securityContext.seccompProfile.type to ${values}`;
  return { reason: "seccompProfile", detail };
};

/** Upstream: pod-security-admission/policy/check_seccompProfile_baseline.go */
export const seccompProfileBaseline: Check = {
  id: "seccompProfile_baseline",
  versions: [
    { since: 0, check: seccompAnnotations },
    { since: 19, check: seccompFields },
  ],
};

const seccompRequired: CheckPod = (pod) => {
  const forbidden = seccompFields(pod);
  if (forbidden) return forbidden;
  const { spec } = pod;
  if (spec.securityContext?.seccompProfile) return undefined;
  const silent = containersOf(spec).filter(({ securityContext }) => !securityContext?.seccompProfile);
  if (silent.length === 0) return undefined;
  const who = named(silent.map(({ name }) => name));
  const detail = `pod or ${who} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return { reason: "seccompProfile", detail };
};

/** Upstream: pod-security-admission/policy/check_seccompProfile_restricted.go */
export const seccompProfileRestricted: Check = {
  id: "seccompProfile_restricted",
  versions: [
    { since: 19, check: seccompRequired, overrides: [seccompProfileBaseline.id] },
    { since: 25, check: exceptOnWindows(seccompRequired), overrides: [seccompProfileBaseline.id] },
  ],
};

const SE_LINUX_TYPES = ["", "container_t", "container_init_t", "container_kvm_t"];

/** Upstream: pod-security-admission/policy/check_seLinuxOptions.go */
export const seLinuxOptions: Check = {
  id: "seLinuxOptions",
  versions: [
    { since: 0, check: ({ spec }) => seLinuxViolation(spec, new Set(SE_LINUX_TYPES)) },
    { since: 31, check: ({ spec }) => seLinuxViolation(spec, new Set([...SE_LINUX_TYPES, "container_engine_t"])) },
  ],
};

function seLinuxViolation(spec: V1PodSpec, allowed: ReadonlySet<string>) {
  const setters = settersOf(
    spec,
    ({ seLinuxOptions: options }) =>
      options !== undefined && (!allowed.has(options.type ?? "") || Boolean(options.user) || Boolean(options.role)),
  );
  if (setters.length === 0) return undefined;
  const all = valuesOf(spec, (context) => context.seLinuxOptions);
  const types = sorted(all.map(({ type = "" }) => type).filter((type) => !allowed.has(type)));
  const wrong = [
    ...(types.length > 0 ? [`${plural("type", "types", types.length)} ${quoted(types)}`] : []),
    ...(all.some(({ user }) => user) ? ["user may not be set"] : []),
    ...(all.some(({ role }) => role) ? ["role may not be set"] : []),
  ];
  const detail = `${setters.join(" and ")} set forbidden securityContext.seLinuxOptions: ${wrong.join("; ")}`;
  return { reason: "seLinuxOptions", detail };
}
