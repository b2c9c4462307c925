import type { Draft } from "@dingi/apimachinery";
import { defaultMatchResources } from "../policy/match-resources.ts";
import type { V1MutatingAdmissionPolicy } from "./mutatingadmissionpolicy.gen.ts";

/** Upstream: pkg/apis/admissionregistration/v1/defaults.go#SetDefaults_MutatingAdmissionPolicySpec */
export function defaults({ spec }: Draft<V1MutatingAdmissionPolicy>): void {
  spec.failurePolicy ??= "Fail";
  defaultMatchResources(spec.matchConstraints);
}
