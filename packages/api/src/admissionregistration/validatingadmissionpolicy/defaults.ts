import type { Draft } from "@dingi/apimachinery";
import { defaultMatchResources } from "../policy/match-resources.ts";
import type { V1ValidatingAdmissionPolicy } from "./validatingadmissionpolicy.gen.ts";

/** Upstream: pkg/apis/admissionregistration/v1/defaults.go#SetDefaults_ValidatingAdmissionPolicySpec */
export function defaults({ spec }: Draft<V1ValidatingAdmissionPolicy>): void {
  spec.failurePolicy ??= "Fail";
  defaultMatchResources(spec.matchConstraints);
}
