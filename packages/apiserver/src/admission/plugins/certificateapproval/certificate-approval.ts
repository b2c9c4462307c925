import { CertificateSigningRequest, type V1CertificateSigningRequest } from "@dingi/api";
import { newForbidden } from "@dingi/apimachinery";
import type { Authorizer } from "../../../authorization/authorizer.ts";
import { maySignFor } from "../../../authorization/signer-name.ts";
import { isAt, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";

/** Who approves a request may do so for its signer. Upstream: plugin/pkg/admission/certificates/approval/admission.go */
export class CertificateApproval implements AdmissionPlugin {
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  handles(operation: Operation): boolean {
    return operation === "UPDATE";
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    if (attributes.subresource !== "approval" || !isAt(attributes, CertificateSigningRequest)) return;
    // The signer that stands there: one that the update names is not believed.
    const { signerName } = (attributes.oldObject as V1CertificateSigningRequest).spec;
    if (await maySignFor(this.#authorizer, attributes.user, { verb: "approve", signerName })) return;
    const resource = { group: CertificateSigningRequest.group, resource: CertificateSigningRequest.plural };
    const why = `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`;
    throw newForbidden(resource, attributes.name, why);
  }
}
