import { isAbsolute } from "node:path";
import { parseControllers } from "@dingi/component-base";
import { booleanFlag, durationFlag, integerFlag, namesFlag } from "./flags.ts";

type Check = (flags: Readonly<Record<string, string>>, name: string) => unknown;

const whole: Check = (flags, name) => integerFlag(flags, name, 0);
const duration: Check = (flags, name) => durationFlag(flags, name, 0);
/** Read by a process whose working directory is another. */
const path: Check = (flags, name) => {
  const text = flags[name] ?? "";
  if (text !== "" && !isAbsolute(text)) throw new Error(`--${name} takes an absolute path, not "${text}"`);
};
const truth: Check = (flags, name) => booleanFlag(flags, name, false);
const text: Check = () => {};
const names: Check = (flags, name) => namesFlag(flags, name);

const controllers: Check = (flags, name) => parseControllers(flags[name] ?? "");

/** The flags of upstream's components that a cluster can be given; whoever reads one lists it here. */
const KNOWN = {
  "node-monitor-period": duration,
  "node-monitor-grace-period": duration,
  "default-not-ready-toleration-seconds": whole,
  "default-unreachable-toleration-seconds": whole,
  "enable-admission-plugins": names,
  "disable-admission-plugins": names,
  "admission-control-config-file": path,
  "enable-priority-and-fairness": truth,
  "max-requests-inflight": whole,
  "terminated-pod-gc-threshold": whole,
  "max-mutating-requests-inflight": whole,
  "audit-log-path": path,
  "audit-log-maxage": whole,
  "audit-log-maxbackup": whole,
  "audit-log-maxsize": whole,
  "audit-policy-file": path,
  "encryption-provider-config": path,
  "authentication-config": path,
  "anonymous-auth": truth,
  "api-audiences": text,
  "enable-bootstrap-token-auth": truth,
  "service-account-key-file": path,
  "service-account-signing-key-file": path,
  "service-account-issuer": text,
  "service-account-jwks-uri": text,
  "service-account-max-token-expiration": duration,
  "service-account-extend-token-expiration": truth,
  "authorization-config": path,
  "authorization-mode": names,
  "authorization-webhook-config-file": path,
  "authorization-webhook-version": text,
  "authorization-webhook-cache-authorized-ttl": duration,
  "authorization-webhook-cache-unauthorized-ttl": duration,
  "authentication-token-webhook-config-file": path,
  "authentication-token-webhook-version": text,
  "authentication-token-webhook-cache-ttl": duration,
  "oidc-issuer-url": text,
  "oidc-client-id": text,
  "oidc-ca-file": path,
  "oidc-username-claim": text,
  "oidc-username-prefix": text,
  "oidc-groups-claim": text,
  "oidc-groups-prefix": text,
  "oidc-signing-algs": text,
  "oidc-required-claim": text,
  "leader-elect": truth,
  "leader-elect-lease-duration": duration,
  "leader-elect-renew-deadline": duration,
  "leader-elect-retry-period": duration,
  controllers,
} as const satisfies Readonly<Record<string, Check>>;

/** May be given again, each time with another value; lines of one text. */
const REPEATED: ReadonlySet<string> = new Set<FlagName>([
  "oidc-required-claim",
  "service-account-key-file",
  "service-account-issuer",
]);

type FlagName = keyof typeof KNOWN;

/** Reads "name=value" of the command line, with or without dashes in front; throws on what nobody would read. */
export function parseFlags(texts: readonly string[]): Readonly<Record<string, string>> {
  const flags: Record<string, string> = {};
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at < 0) throw new Error(`--flag takes name=value, such as node-monitor-grace-period=40s, not "${text}"`);
    const name = text.slice(0, at).replace(/^--/, "");
    if (!isKnown(name)) throw new Error(`--flag knows no "${name}"; there are ${Object.keys(KNOWN).join(", ")}`);
    const value = text.slice(at + 1);
    KNOWN[name]({ [name]: value }, name);
    flags[name] = name in flags ? joined(name, flags[name]!, value) : value;
  }
  return flags;
}

function joined(name: FlagName, before: string, value: string): string {
  if (!REPEATED.has(name)) throw new Error(`--flag gives "${name}" twice; give it once`);
  return `${before}\n${value}`;
}

function isKnown(name: string): name is FlagName {
  return Object.hasOwn(KNOWN, name);
}
