import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AuditLogSink, DEFAULT_AUDIT_POLICY, parseAuditPolicy, type AuditPolicyObject } from "@dingi/apiserver";
import { describeError, type Clock } from "@dingi/base";
import { LogFile } from "@dingi/component-base";
import { integerFlag } from "../config/flags.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const MIB = 1024 * 1024;

interface AuditOptions {
  /** By upstream's names. */
  readonly flags: Readonly<Record<string, string>>;
  readonly logDirectory: string;
  readonly clock: Clock;
}

interface OpenAudit extends Disposable {
  readonly policy: AuditPolicyObject;
  readonly sink: AuditLogSink;
}

/**
 * The audit log, which a cluster has unless its flag audit-log-path is empty. Its bounds are what the CIS benchmark asks for.
 * Throws when the policy cannot be read.
 */
export function openAudit({ flags, logDirectory, clock }: AuditOptions): OpenAudit | undefined {
  const path = flags["audit-log-path"] ?? join(logDirectory, "audit.log");
  if (path === "") return undefined;
  const policy = policyOf(flags["audit-policy-file"]);
  const days = integerFlag(flags, "audit-log-maxage", 30);
  const file = new LogFile({
    path,
    maxBytes: integerFlag(flags, "audit-log-maxsize", 100) * MIB,
    maxFiles: 1 + integerFlag(flags, "audit-log-maxbackup", 10),
    maxAge: days > 0 ? { ms: days * DAY_MS, clock } : undefined,
  });
  const sink = new AuditLogSink({ clock, write: file.write });
  return {
    policy,
    sink,
    [Symbol.dispose]() {
      sink[Symbol.dispose]();
      file[Symbol.dispose]();
    },
  };
}

function policyOf(path: string | undefined): AuditPolicyObject {
  if (path === undefined || path === "") return DEFAULT_AUDIT_POLICY;
  try {
    return parseAuditPolicy(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new Error(`The audit policy "${path}" cannot be used: ${describeError(cause)}`, { cause });
  }
}
