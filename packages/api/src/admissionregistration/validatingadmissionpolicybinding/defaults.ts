import type { Draft } from "@dingi/apimachinery";
import { defaultMatchResources } from "../policy/match-resources.ts";
import type { V1ValidatingAdmissionPolicyBinding } from "./validatingadmissionpolicybinding.gen.ts";

export function defaults({ spec }: Draft<V1ValidatingAdmissionPolicyBinding>): void {
  defaultMatchResources(spec.matchResources);
}
