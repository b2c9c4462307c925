import { countName, type QuotaEvaluator, type QuotaResource } from "./evaluator.ts";

/** Names from before there was a count of every resource. Upstream: pkg/quota/v1/evaluator/core/registry.go#legacyObjectCountAliases */
const ALIASES: ReadonlySet<string> = new Set(["configmaps", "resourcequotas", "replicationcontrollers", "secrets"]);

/** Of any resource: how many there are. Upstream: apiserver/pkg/quota/v1/generic/evaluator.go#NewObjectCountEvaluator */
export function objectCount(resource: QuotaResource): QuotaEvaluator {
  const names = [countName(resource)];
  if (resource.group === "" && ALIASES.has(resource.resource)) names.push(resource.resource);
  const usage = Object.fromEntries(names.map((name) => [name, "1"]));
  return {
    resource,
    matching: (limited) => limited.filter((name) => names.includes(name)),
    isCharged: ({ operation, subresource }) => operation === "CREATE" && subresource === "",
    isFreed: () => false,
    usage: () => usage,
  };
}
