import type { AdmissionAttributes } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { refusalOf } from "../../refusal.ts";

/** Upstream: plugin/pkg/admission/deny/admission.go */
export class AlwaysDeny implements AdmissionPlugin {
  handles(): boolean {
    return true;
  }

  admit(attributes: AdmissionAttributes): void {
    throw refusalOf(attributes, "admission control is denying all modifications");
  }
}
