import { listAt, mapAt, textAt, type AnyObject, type Json } from "../json.ts";
import type { TabbedText } from "./tabbed-text.ts";

const QUOTA_COLUMNS = "Resource\tUsed\tHard";
const LIMIT_COLUMNS = "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio";
const LIMIT_RULES = "----\t--------\t---\t---\t---------------\t-------------\t-----------------------";
/** In the order of the columns. */
const LIMITS = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];

/** Upstream: kubectl/pkg/describe/describe.go#helpTextForResourceQuotaScope */
const SCOPES: Readonly<Record<string, string>> = {
  Terminating:
    "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.",
  NotTerminating:
    "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.",
  BestEffort:
    "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.",
  NotBestEffort:
    "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.",
};

export function describeResourceQuota(text: TabbedText, quota: AnyObject): void {
  text.line(0, `Name:\t${quota.metadata.name}`);
  text.line(0, `Namespace:\t${quota.metadata.namespace}`);
  describeScopes(text, quota, { level: 0, bullet: " *" });
  text.line(0, QUOTA_COLUMNS);
  text.line(0, "--------\t----\t----");
  describeUse(text, quota, 0);
}

/** All of a namespace, in one table. Upstream: kubectl/pkg/describe/describe.go#DescribeResourceQuotas */
export function describeResourceQuotas(text: TabbedText, quotas: readonly AnyObject[]): void {
  if (quotas.length === 0) return text.line(0, "No resource quota.");
  text.line(0, "Resource Quotas");
  for (const quota of quotas.toSorted((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1))) {
    text.line(1, `Name:\t${quota.metadata.name}`);
    describeScopes(text, quota, { level: 1, bullet: "*" });
    text.line(1, QUOTA_COLUMNS);
    text.line(1, "--------\t---\t---");
    describeUse(text, quota, 1);
  }
}

export function describeLimitRange(text: TabbedText, range: AnyObject): void {
  text.line(0, `Name:\t${range.metadata.name}`);
  text.line(0, `Namespace:\t${range.metadata.namespace}`);
  text.line(0, LIMIT_COLUMNS);
  text.line(0, LIMIT_RULES);
  describeLimits(text, range, "");
}

/** All of a namespace, in one table. Upstream: kubectl/pkg/describe/describe.go#DescribeLimitRanges */
export function describeLimitRanges(text: TabbedText, ranges: readonly AnyObject[]): void {
  if (ranges.length === 0) return text.line(0, "No LimitRange resource.");
  text.line(0, "Resource Limits");
  text.line(0, ` ${LIMIT_COLUMNS}`);
  text.line(0, ` ${LIMIT_RULES}`);
  for (const range of ranges) describeLimits(text, range, " ");
}

function describeScopes(text: TabbedText, quota: AnyObject, { level, bullet }: { level: number; bullet: string }) {
  const scopes = (listAt(quota, "spec", "scopes") as unknown as string[]).toSorted();
  if (scopes.length === 0) return;
  text.line(level, `Scopes:\t${scopes.join(", ")}`);
  for (const scope of scopes) if (Object.hasOwn(SCOPES, scope)) text.line(level, `${bullet} ${SCOPES[scope]}`);
}

function describeUse(text: TabbedText, quota: AnyObject, level: number): void {
  const hard = mapAt(quota, "status", "hard");
  for (const resource of Object.keys(hard).sort())
    text.line(level, `${resource}\t${textAt(quota, "status", "used", resource) || "0"}\t${String(hard[resource])}`);
}

function describeLimits(text: TabbedText, range: AnyObject, indent: string): void {
  for (const item of listAt(range, "spec", "limits")) {
    const cell = (limit: string, resource: string) => textAt(item, limit, resource) || "-";
    for (const resource of resourcesOf(item))
      text.line(
        0,
        [indent + textAt(item, "type"), resource, ...LIMITS.map((limit) => cell(limit, resource))].join("\t"),
      );
  }
}

/** Upstream has them in no order. */
function resourcesOf(item: Json): string[] {
  return [...new Set(LIMITS.flatMap((limit) => Object.keys(mapAt(item, limit))))].sort();
}
