import { Service } from "@dingi/api";
import { isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { refusalOf } from "../../refusal.ts";

/** No Service takes an address that may be somebody else's (CVE-2020-8554). Upstream: plugin/pkg/admission/network/denyserviceexternalips/admission.go */
export class DenyServiceExternalIPs implements AdmissionPlugin {
  handles(operation: Operation): boolean {
    return operation === "CREATE" || operation === "UPDATE";
  }

  validate(attributes: AdmissionAttributes): void {
    if (!isWriteOf(attributes, Service)) return;
    const before = new Set(attributes.oldObject?.spec.externalIPs);
    if ((attributes.object.spec.externalIPs ?? []).every((address) => before.has(address))) return;
    throw refusalOf(attributes, "Use of external IPs is denied by admission control");
  }
}
