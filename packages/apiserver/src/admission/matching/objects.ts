import type { KubeObject, Selector } from "@dingi/apimachinery";
import type { AdmissionAttributes } from "../attributes.ts";

/** By its labels before or after. Upstream: apiserver/pkg/admission/plugin/webhook/predicates/object/matcher.go */
export function objectMatches(selector: Selector, { object, oldObject }: AdmissionAttributes): boolean {
  return selector.empty || chooses(selector, object as KubeObject | undefined) || chooses(selector, oldObject);
}

/** What has no metadata, such as the options of an exec, is chosen by nobody. */
function chooses(selector: Selector, object: KubeObject | undefined): boolean {
  return object?.metadata !== undefined && selector.matches(object.metadata.labels);
}
