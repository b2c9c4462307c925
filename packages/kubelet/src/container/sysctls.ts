import type { V1Pod } from "@dingi/api";

type Namespace = "IPC" | "Net";

/** Namespaced, and without influence on other pods. Upstream: pkg/kubelet/sysctl/safe_sysctls.go */
const SAFE: Readonly<Record<string, Namespace>> = {
  "kernel.shm_rmid_forced": "IPC",
  "net.ipv4.ip_local_port_range": "Net",
  "net.ipv4.tcp_syncookies": "Net",
  "net.ipv4.ping_group_range": "Net",
  "net.ipv4.ip_unprivileged_port_start": "Net",
  "net.ipv4.ip_local_reserved_ports": "Net",
  "net.ipv4.tcp_keepalive_time": "Net",
  "net.ipv4.tcp_fin_timeout": "Net",
  "net.ipv4.tcp_keepalive_intvl": "Net",
  "net.ipv4.tcp_keepalive_probes": "Net",
  "net.ipv4.tcp_rmem": "Net",
  "net.ipv4.tcp_wmem": "Net",
  "net.ipv4.tcp_slow_start_after_idle": "Net",
  "net.ipv4.tcp_notsent_lowat": "Net",
};

/** Where the first separator is a slash, slashes and dots change places. Upstream: component-helpers/node/util/sysctl/sysctl.go#NormalizeName */
export function normalSysctl(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  if (first !== "/") return name;
  return name.replace(/[./]/g, (separator) => (separator === "/" ? "." : "/"));
}

/** Why a pod may not have its sysctls; undefined when it may. Upstream: pkg/kubelet/sysctl/allowlist.go */
export function forbiddenSysctl({ spec }: V1Pod): string | undefined {
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    const sysctl = normalSysctl(name);
    const namespace = Object.hasOwn(SAFE, sysctl) ? SAFE[sysctl] : undefined;
    const isShared = namespace === "IPC" ? spec.hostIPC : spec.hostNetwork;
    if (namespace === undefined) return `forbidden sysctl: ${JSON.stringify(sysctl)} not allowlisted`;
    if (isShared) return `forbidden sysctl: ${JSON.stringify(sysctl)} not allowed with host ${namespace} enabled`;
  }
  return undefined;
}
