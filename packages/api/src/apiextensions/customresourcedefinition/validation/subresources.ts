import { invalid, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1CustomResourceSubresources } from "../customresourcedefinition.gen.ts";
import { simplePathErrors } from "./simple-path.ts";

/** Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go#ValidateCustomResourceDefinitionSubresources */
export function subresourceErrors(
  subresources: V1CustomResourceSubresources | undefined,
  field: FieldPath,
): FieldError[] {
  const { scale } = subresources ?? {};
  if (!scale) return [];
  const at = field.child("scale");
  const { specReplicasPath = "", statusReplicasPath = "", labelSelectorPath = "" } = scale;
  const selectorAt = at.child("labelSelectorPath");
  return [
    ...replicasErrors(specReplicasPath, ".spec", at.child("specReplicasPath")),
    ...replicasErrors(statusReplicasPath, ".status", at.child("statusReplicasPath")),
    ...(labelSelectorPath === "" ? [] : pathErrors(labelSelectorPath, [".spec", ".status"], selectorAt)),
  ];
}

function replicasErrors(path: string, root: string, field: FieldPath): FieldError[] {
  return path === "" ? [required(field)] : pathErrors(path, [root], field);
}

function pathErrors(path: string, roots: readonly string[], field: FieldPath): FieldError[] {
  const errors = simplePathErrors(path, field);
  if (errors.length > 0 || roots.some((root) => path.startsWith(`${root}.`))) return errors;
  const where = roots.length > 1 ? `either ${roots.join(" or ")}` : roots[0];
  return [invalid(field, path, `should be a json path under ${where}`)];
}
