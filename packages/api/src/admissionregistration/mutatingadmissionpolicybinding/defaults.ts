import type { Draft } from "@dingi/apimachinery";
import { defaultMatchResources } from "../policy/match-resources.ts";
import type { V1MutatingAdmissionPolicyBinding } from "./mutatingadmissionpolicybinding.gen.ts";

export function defaults({ spec }: Draft<V1MutatingAdmissionPolicyBinding>): void {
  defaultMatchResources(spec.matchResources);
}
