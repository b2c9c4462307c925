import type { QuotaEvaluator, QuotaResource } from "./evaluator.ts";
import { objectCount } from "./object-count.ts";
import { persistentVolumeClaimUsage } from "./persistent-volume-claims.ts";
import { podUsage } from "./pods.ts";
import { resourceClaimUsage } from "./resource-claims.ts";
import { serviceUsage } from "./services.ts";

const nameOf = ({ group, resource }: QuotaResource): string => `${group}/${resource}`;

const SPECIAL: ReadonlyMap<string, QuotaEvaluator> = new Map(
  [podUsage, serviceUsage, persistentVolumeClaimUsage, resourceClaimUsage].map((evaluator) => [
    nameOf(evaluator.resource),
    evaluator as unknown as QuotaEvaluator,
  ]),
);

/** What is not stored, and what never counted. Upstream: pkg/quota/v1/install/registry.go#ignoredResources */
const IGNORED: ReadonlySet<string> = new Set([
  "/bindings",
  "/componentstatuses",
  "authentication.k8s.io/tokenreviews",
  "authentication.k8s.io/selfsubjectreviews",
  "authorization.k8s.io/subjectaccessreviews",
  "authorization.k8s.io/selfsubjectaccessreviews",
  "authorization.k8s.io/localsubjectaccessreviews",
  "authorization.k8s.io/selfsubjectrulesreviews",
  "/events",
  "events.k8s.io/events",
]);

/** Undefined for what no quota is about. */
export function evaluatorOf(resource: QuotaResource): QuotaEvaluator | undefined {
  const name = nameOf(resource);
  return IGNORED.has(name) ? undefined : (SPECIAL.get(name) ?? objectCount(resource));
}
