import { isWriteOf } from "../../attributes.ts";
import { CertificateSigningRequest } from "@dingi/api";
import { describeError } from "@dingi/base";
import { parseCertificateRequest, type CertificateRequest } from "@dingi/component-base";
import { refuse, type NodeRequest } from "./node-request.ts";

const KUBELET_SIGNERS = ["kubernetes.io/kubelet-serving", "kubernetes.io/kube-apiserver-client-kubelet"];

/** A node asks for certificates in its own name. The rest of the request is the signer's to look at. */
export async function checkCertificateRequest({ node, attributes }: NodeRequest): Promise<void> {
  if (!isWriteOf(attributes, CertificateSigningRequest) || attributes.operation !== "CREATE") return;
  const { signerName, request } = attributes.object.spec;
  if (!KUBELET_SIGNERS.includes(signerName)) return;
  const { subject } = await parse(request, attributes);
  if (subject.commonName !== `system:node:${node}`)
    throw refuse(attributes, `can only create a node CSR with CN=system:node:${node}`);
}

async function parse(request: string, attributes: NodeRequest["attributes"]): Promise<CertificateRequest> {
  try {
    return await parseCertificateRequest(Buffer.from(request, "base64").toString());
  } catch (error) {
    throw refuse(attributes, `unable to parse csr: ${describeError(error)}`);
  }
}
