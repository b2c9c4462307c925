import { newForbidden, type StatusError } from "@dingi/apimachinery";
import type { AdmissionAttributes } from "./attributes.ts";

/** 403, about the addressed object; one whose name the server is yet to make goes by its beginning. Upstream: apiserver/pkg/admission/errors.go */
export function refusalOf({ kind, name, object }: AdmissionAttributes, why: string): StatusError {
  const known = name || object?.metadata?.name || object?.metadata?.generateName || "Unknown";
  return newForbidden({ group: kind.group, resource: kind.plural }, known, why);
}
