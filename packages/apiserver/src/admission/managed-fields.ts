import { managedFieldsProblem, type Draft, type KubeObject, type V1ManagedFieldsEntry } from "@dingi/apimachinery";

const WARNING =
  ".metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ";

/** Who owns which fields, where whoever was asked from outside has made a mess of it. Upstream: apiserver/pkg/endpoints/handlers/fieldmanager/admission.go */
export function keepManagedFields(
  { metadata }: Draft<KubeObject>,
  before: Draft<V1ManagedFieldsEntry[]> | undefined,
  warn: (text: string) => void,
): void {
  const problem = managedFieldsProblem(metadata.managedFields);
  if (problem === undefined) return;
  warn(`${WARNING}${problem}`);
  if (before === undefined) delete metadata.managedFields;
  else metadata.managedFields = before;
}
