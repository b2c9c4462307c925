import { containersOf, exceptOnWindows, named, quoted, sorted, type Check, type CheckPod } from "./check.ts";

const DEFAULT: ReadonlySet<string> = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);
const HARMLESS: ReadonlySet<string> = new Set(["NET_BIND_SERVICE"]);

/** Upstream: pod-security-admission/policy/check_capabilities_baseline.go */
export const capabilitiesBaseline: Check = {
  id: "capabilities_baseline",
  versions: [
    {
      since: 0,
      check({ spec }) {
        const detail = addedTo(containersOf(spec), DEFAULT);
        return detail === undefined ? undefined : { reason: "non-default capabilities", detail };
      },
    },
  ],
};

const restricted: CheckPod = ({ spec }) => {
  const containers = containersOf(spec);
  const keeping = containers.filter(({ securityContext }) => !securityContext?.capabilities?.drop?.includes("ALL"));
  const added = addedTo(containers, HARMLESS);
  if (keeping.length === 0 && added === undefined) return undefined;
  const names = keeping.map(({ name }) => name);
  const details = [
    ...(keeping.length > 0 ? [`${named(names)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(added === undefined ? [] : [added]),
  ];
  return { reason: "unrestricted capabilities", detail: details.join("; ") };
};

/** Upstream: pod-security-admission/policy/check_capabilities_restricted.go */
export const capabilitiesRestricted: Check = {
  id: "capabilities_restricted",
  versions: [
    { since: 22, check: restricted, overrides: [capabilitiesBaseline.id] },
    { since: 25, check: exceptOnWindows(restricted), overrides: [capabilitiesBaseline.id] },
  ],
};

function addedTo(containers: ReturnType<typeof containersOf>, allowed: ReadonlySet<string>): string | undefined {
  const adding = containers.flatMap(({ name, securityContext }) => {
    const capabilities = (securityContext?.capabilities?.add ?? []).filter((one) => !allowed.has(one));
    return capabilities.length > 0 ? [{ name, capabilities }] : [];
  });
  if (adding.length === 0) return undefined;
  const who = named(adding.map(({ name }) => name));
  const what = quoted(sorted(adding.flatMap(({ capabilities }) => capabilities)));
  return `${who} must not include ${what} in securityContext.capabilities.add`;
}
