import { invalid, path, required, type FieldError } from "@dingi/apimachinery";
import { UrlError } from "../../../admissionregistration/webhook/go-url-escape.ts";
import { parseGoUrl } from "../../../admissionregistration/webhook/go-url.ts";
import type { V1CustomResourceDefinition } from "../customresourcedefinition.gen.ts";

const ANNOTATION = "api-approved.kubernetes.io";
const FIELD = path("metadata", "annotations").key(ANNOTATION);
const NEED = `protected groups must have approval annotation "${ANNOTATION}"`;
const WITH = 'with either a URL or a reason starting with "unapproved"';
const SEE = "see https://github.com/kubernetes/enhancements/pull/1111";
const PROTECTED = /(^|\.)(k8s|kubernetes)\.io$/;

type State = "missing" | "bypassed" | "approved" | "invalid";

/** Whether a group of Kubernetes' own was approved, and what is said of it. */
export interface Approval {
  readonly state: State;
  readonly message: string;
}

/** Undefined: the group needs none. Upstream: apiextensions-apiserver/pkg/apihelpers/helpers.go#GetAPIApprovalState */
export function approvalOf(definition: V1CustomResourceDefinition): Approval | undefined {
  if (!PROTECTED.test(definition.spec.group)) return undefined;
  const annotation = definition.metadata.annotations?.[ANNOTATION] ?? "";
  const state = stateOf(definition);
  const messages: Readonly<Record<State, string>> = {
    missing: `${NEED}, ${SEE}`,
    invalid: `${NEED} ${WITH}, ${SEE}`,
    approved: `approved in ${annotation}`,
    bypassed: `not approved: ${JSON.stringify(annotation)}`,
  };
  return { state, message: messages[state] };
}

/** Groups of Kubernetes' own are for what has been agreed on. Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go#validateAPIApproval */
export function approvalErrors(definition: V1CustomResourceDefinition, old?: V1CustomResourceDefinition): FieldError[] {
  if (!PROTECTED.test(definition.spec.group ?? "")) return [];
  const state = stateOf(definition);
  if (old && stateOf(old) === state) return [];
  if (state === "missing") return [required(FIELD, `${NEED}, ${SEE}`)];
  if (state !== "invalid") return [];
  return [invalid(FIELD, definition.metadata.annotations?.[ANNOTATION], `${NEED} ${WITH}, ${SEE}`)];
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
