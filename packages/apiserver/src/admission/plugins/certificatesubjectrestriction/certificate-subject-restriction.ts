import { CertificateSigningRequest } from "@dingi/api";
import { describeError } from "@dingi/base";
import { parseCertificateRequest, type CertificateRequest } from "@dingi/component-base";
import { isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import { refusalOf } from "../../refusal.ts";
import type { AdmissionPlugin } from "../../chain.ts";

const API_CLIENT = "kubernetes.io/kube-apiserver-client";

/** Nobody asks to be in system:masters. Upstream: plugin/pkg/admission/certificates/subjectrestriction/admission.go */
export class CertificateSubjectRestriction implements AdmissionPlugin {
  handles(operation: Operation): boolean {
    return operation === "CREATE";
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    if (!isWriteOf(attributes, CertificateSigningRequest)) return;
    const { signerName, request } = attributes.object.spec;
    if (signerName !== API_CLIENT) return;
    const { subject } = await parse(request, attributes);
    if (subject.organizations.includes("system:masters"))
      throw refusalOf(attributes, `use of ${API_CLIENT} signer with system:masters group is not allowed`);
  }
}

async function parse(request: string, attributes: AdmissionAttributes): Promise<CertificateRequest> {
  try {
    return await parseCertificateRequest(Buffer.from(request, "base64").toString());
  } catch (error) {
    throw refusalOf(attributes, `failed to parse CSR: ${describeError(error)}`);
  }
}
