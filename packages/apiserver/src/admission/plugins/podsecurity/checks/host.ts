import type { V1Container } from "@dingi/api";
import { containersOf, named, plural, quoted, settersOf, sorted, type Check } from "./check.ts";

/** Upstream: pod-security-admission/policy/check_hostNamespaces.go */
export const hostNamespaces: Check = {
  id: "hostNamespaces",
  versions: [
    {
      since: 0,
      check({ spec }) {
        const shared = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((name) => spec[name]);
        if (shared.length === 0) return undefined;
        return { reason: "host namespaces", detail: shared.map((name) => `${name}=true`).join(", ") };
      },
    },
  ],
};

/** Upstream: pod-security-admission/policy/check_hostPathVolumes.go */
export const hostPathVolumes: Check = {
  id: "hostPathVolumes",
  versions: [
    {
      since: 0,
      check({ spec }) {
        const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
        if (names.length === 0) return undefined;
        const detail = `${plural("volume", "volumes", names.length)} ${quoted(names)}`;
        return { reason: "hostPath volumes", detail };
      },
    },
  ],
};

/** Upstream: pod-security-admission/policy/check_hostPorts.go */
export const hostPorts: Check = {
  id: "hostPorts",
  versions: [
    {
      since: 0,
      check({ spec }) {
        const using = withValues(containersOf(spec), ({ ports = [] }) =>
          ports.flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : [])),
        );
        if (using.names.length === 0) return undefined;
        const { names, values } = using;
        const uses = plural("uses", "use", names.length);
        const ports = `${plural("hostPort", "hostPorts", values.length)} ${values.join(", ")}`;
        return { reason: "hostPort", detail: `${named(names)} ${uses} ${ports}` };
      },
    },
  ],
};

/** Upstream: pod-security-admission/policy/check_hostProbesAndhostLifecycle.go */
export const hostProbesAndHostLifecycle: Check = {
  id: "hostProbesAndHostLifecycle",
  versions: [
    {
      since: 34,
      check({ spec }) {
        const found = withValues(containersOf(spec), probedHosts);
        const [names, hosts] = [sorted(found.names), found.values];
        if (names.length === 0) return undefined;
        const uses = plural("uses", "use", names.length);
        const what = plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.length);
        return { reason: "probe or lifecycle host", detail: `${named(names)} ${uses} ${what} ${quoted(hosts)}` };
      },
    },
  ],
};

function probedHosts({ livenessProbe, readinessProbe, startupProbe, lifecycle }: V1Container): string[] {
  const handlers = [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop];
  const hosts = handlers.flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host]);
  return hosts.filter((host) => host !== undefined && host !== "") as string[];
}

/** Upstream: pod-security-admission/policy/check_windowsHostProcess.go */
export const windowsHostProcess: Check = {
  id: "windowsHostProcess",
  versions: [
    {
      since: 0,
      check({ spec }) {
        const setters = settersOf(spec, ({ windowsOptions }) => windowsOptions?.hostProcess === true);
        if (setters.length === 0) return undefined;
        const detail = `${setters.join(" and ")} must not set securityContext.windowsOptions.hostProcess=true`;
        return { reason: "hostProcess", detail };
      },
    },
  ],
};

/** The containers that have some, and all that they have together. */
function withValues(containers: readonly V1Container[], read: (container: V1Container) => readonly string[]) {
  const having = containers.map((container) => ({ name: container.name, values: read(container) }));
  const bad = having.filter(({ values }) => values.length > 0);
  return { names: bad.map(({ name }) => name), values: sorted(bad.flatMap(({ values }) => values)) };
}
