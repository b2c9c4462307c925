import type { Check } from "./check.ts";

/** Those that do no harm to others, by the minor version that first let them be. */
const SAFE: readonly (readonly [since: number, names: readonly string[]])[] = [
  [
    0,
    [
      "kernel.shm_rmid_forced",
      "net.ipv4.ip_local_port_range",
      "net.ipv4.tcp_syncookies",
      "net.ipv4.ping_group_range",
      "net.ipv4.ip_unprivileged_port_start",
    ],
  ],
  [27, ["net.ipv4.ip_local_reserved_ports"]],
  [
    29,
    [
      "net.ipv4.tcp_keepalive_time",
      "net.ipv4.tcp_fin_timeout",
      "net.ipv4.tcp_keepalive_intvl",
      "net.ipv4.tcp_keepalive_probes",
    ],
  ],
  [32, ["net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"]],
  [37, ["net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"]],
];

/** Upstream: pod-security-admission/policy/check_sysctls.go */
export const sysctls: Check = {
  id: "sysctls",
  versions: SAFE.map(([since]) => {
    const safe = new Set(SAFE.filter(([other]) => other <= since).flatMap(([, names]) => names));
    return {
      since,
      check({ spec }) {
        const forbidden = (spec.securityContext?.sysctls ?? []).filter(({ name }) => !safe.has(name));
        if (forbidden.length === 0) return undefined;
        return { reason: "forbidden sysctls", detail: forbidden.map(({ name }) => name).join(", ") };
      },
    };
  }),
};
