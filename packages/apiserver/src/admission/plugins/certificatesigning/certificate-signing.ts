import { CertificateSigningRequest, type V1CertificateSigningRequest } from "@dingi/api";
import { newForbidden, semanticEqual } from "@dingi/apimachinery";
import type { Authorizer } from "../../../authorization/authorizer.ts";
import { maySignFor } from "../../../authorization/signer-name.ts";
import { isAt, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";

/** Who writes a certificate, or that there will be none, may sign for the signer. Upstream: plugin/pkg/admission/certificates/signing/admission.go */
export class CertificateSigning implements AdmissionPlugin {
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  handles(operation: Operation): boolean {
    return operation === "UPDATE";
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    if (attributes.subresource !== "status" || !isAt(attributes, CertificateSigningRequest)) return;
    const { spec, status: before } = attributes.oldObject as V1CertificateSigningRequest;
    const { status: now } = attributes.object as V1CertificateSigningRequest;
    if (now.certificate === before.certificate && semanticEqual(now.conditions ?? [], before.conditions ?? [])) return;
    const { signerName } = spec;
    if (await maySignFor(this.#authorizer, attributes.user, { verb: "sign", signerName })) return;
    const resource = { group: CertificateSigningRequest.group, resource: CertificateSigningRequest.plural };
    const why = `user not permitted to sign requests with signerName ${JSON.stringify(signerName)}`;
    throw newForbidden(resource, attributes.name, why);
  }
}
