import {
  containersOf,
  exceptInUserNamespace,
  exceptOnWindows,
  named,
  quoted,
  settersOf,
  sorted,
  type Check,
  type CheckPod,
} from "./check.ts";

/** Upstream: pod-security-admission/policy/check_privileged.go */
export const privileged: Check = {
  id: "privileged",
  versions: [
    {
      since: 0,
      check({ spec }) {
        const bad = containersOf(spec).filter(({ securityContext }) => securityContext?.privileged);
        if (bad.length === 0) return undefined;
        const who = named(bad.map(({ name }) => name));
        return { reason: "privileged", detail: `${who} must not set securityContext.privileged=true` };
      },
    },
  ],
};

const noProcMount: CheckPod = ({ spec }) => {
  const kindOf = ({ securityContext }: ReturnType<typeof containersOf>[number]) =>
    securityContext?.procMount ?? "Default";
  const bad = containersOf(spec).filter((container) => kindOf(container) !== "Default");
  if (bad.length === 0) return undefined;
  const who = named(bad.map(({ name }) => name));
  const what = quoted(sorted(bad.map(kindOf)));
  return { reason: "procMount", detail: `${who} must not set securityContext.procMount to ${what}` };
};

/** Upstream: pod-security-admission/policy/check_procMount_baseline.go */
export const procMount: Check = {
  id: "procMount",
  versions: [
    { since: 0, check: noProcMount },
    { since: 35, check: exceptInUserNamespace(noProcMount) },
  ],
};

/** Upstream: pod-security-admission/policy/check_procMount_restricted.go */
export const procMountRestricted: Check = {
  id: "procMount_restricted",
  versions: [{ since: 35, check: noProcMount, overrides: [procMount.id] }],
};

const noEscalation: CheckPod = ({ spec }) => {
  const bad = containersOf(spec).filter(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (bad.length === 0) return undefined;
  const who = named(bad.map(({ name }) => name));
  const detail = `${who} must set securityContext.allowPrivilegeEscalation=false`;
  return { reason: "allowPrivilegeEscalation != false", detail };
};

/** Upstream: pod-security-admission/policy/check_allowPrivilegeEscalation.go */
export const allowPrivilegeEscalation: Check = {
  id: "allowPrivilegeEscalation",
  versions: [
    { since: 8, check: noEscalation },
    { since: 25, check: exceptOnWindows(noEscalation) },
  ],
};

const notAsRoot: CheckPod = ({ spec }) => {
  const reason = "runAsNonRoot != true";
  const setters = settersOf(spec, ({ runAsNonRoot }) => runAsNonRoot === false);
  if (setters.length > 0)
    return { reason, detail: `${setters.join(" and ")} must not set securityContext.runAsNonRoot=false` };
  if (spec.securityContext?.runAsNonRoot) return undefined;
  const silent = containersOf(spec).filter(({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (silent.length === 0) return undefined;
  const who = named(silent.map(({ name }) => name));
  return { reason, detail: `pod or ${who} must set securityContext.runAsNonRoot=true` };
};

/** Upstream: pod-security-admission/policy/check_runAsNonRoot.go */
export const runAsNonRoot: Check = {
  id: "runAsNonRoot",
  versions: [
    { since: 0, check: notAsRoot },
    { since: 35, check: exceptInUserNamespace(notAsRoot) },
  ],
};

const notAsUserZero: CheckPod = ({ spec }) => {
  const setters = settersOf(spec, (context) => context.runAsUser !== undefined && Number(context.runAsUser) === 0);
  if (setters.length === 0) return undefined;
  return { reason: "runAsUser=0", detail: `${setters.join(" and ")} must not set runAsUser=0` };
};

/** Upstream: pod-security-admission/policy/check_runAsUser.go */
export const runAsUser: Check = {
  id: "runAsUser",
  versions: [
    { since: 23, check: notAsUserZero },
    { since: 35, check: exceptInUserNamespace(notAsUserZero) },
  ],
};
