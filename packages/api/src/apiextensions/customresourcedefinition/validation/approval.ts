import { invalid, path, required, type FieldError } from "@dingi/apimachinery";
import { UrlError } from "../../../admissionregistration/webhook/go-url-escape.ts";
import { parseGoUrl } from "../../../admissionregistration/webhook/go-url.ts";
import type { V1CustomResourceDefinition } from "../customresourcedefinition.gen.ts";

const ANNOTATION = "api-approved.kubernetes.io";
const FIELD = path("metadata", "annotations").key(ANNOTATION);
const NEED = `protected groups must have approval annotation "${ANNOTATION}"`;
const SEE = "see https://github.com/kubernetes/enhancements/pull/1111";
const PROTECTED = /(^|\.)(k8s|kubernetes)\.io$/;

type State = "missing" | "bypassed" | "approved" | "invalid";

/** Groups of Kubernetes' own are for what has been agreed on. Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go#validateAPIApproval */
export function approvalErrors(definition: V1CustomResourceDefinition, old?: V1CustomResourceDefinition): FieldError[] {
  if (!PROTECTED.test(definition.spec.group ?? "")) return [];
  const state = stateOf(definition);
  if (old && stateOf(old) === state) return [];
  if (state === "missing") return [required(FIELD, `${NEED}, ${SEE}`)];
  if (state !== "invalid") return [];
  const text = `${NEED} with either a URL or a reason starting with "unapproved", ${SEE}`;
  return [invalid(FIELD, definition.metadata.annotations?.[ANNOTATION], text)];
}

/** Upstream: apiextensions-apiserver/pkg/apihelpers/helpers.go#GetAPIApprovalState */
function stateOf({ metadata }: V1CustomResourceDefinition): State {
  const annotation = metadata.annotations?.[ANNOTATION] ?? "";
  if (annotation === "") return "missing";
  if (annotation.startsWith("unapproved")) return "bypassed";
  return isAbsoluteUrl(annotation) ? "approved" : "invalid";
}

function isAbsoluteUrl(text: string): boolean {
  try {
    const { scheme, host } = parseGoUrl(text);
    return scheme !== "" && host !== "";
  } catch (error) {
    if (error instanceof UrlError) return false;
    throw error;
  }
}
