import type { Operation } from "./attributes.ts";

const KINDS: Readonly<Partial<Record<Operation, string>>> = { CREATE: "CreateOptions", UPDATE: "UpdateOptions" };

/**
 * The options of a write as its query has them; those of a patch are those of the update or creation that it comes to.
 * Upstream: apiserver/pkg/endpoints/handlers/patch.go#patchToUpdateOptions
 */
export function writeOptions(operation: Operation, query: URLSearchParams): object | undefined {
  const kind = KINDS[operation];
  if (kind === undefined) return undefined;
  const dryRun = query.getAll("dryRun");
  const [fieldManager, fieldValidation] = [query.get("fieldManager"), query.get("fieldValidation")];
  return {
    kind,
    apiVersion: "meta.k8s.io/v1",
    ...(dryRun.length > 0 ? { dryRun } : {}),
    ...(fieldManager ? { fieldManager } : {}),
    ...(fieldValidation ? { fieldValidation } : {}),
  };
}
