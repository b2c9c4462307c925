import { wireTime } from "@dingi/apimachinery";
import {
  CertificateSigningRequest,
  SubjectAccessReview,
  type V1CertificateSigningRequest,
  type V1SubjectAccessReview,
} from "@dingi/api";
import type { ObjectKey } from "@dingi/apimachinery";
import { loadCertificateAuthority, parseCertificateRequest, type KeyPair } from "@dingi/component-base";
import { describeError, type Clock } from "@dingi/base";
import {
  DONE,
  defineController,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";

const KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";
const KUBELET_SERVING = "kubernetes.io/kubelet-serving";
const API_CLIENT = "kubernetes.io/kube-apiserver-client";
const SIGNERS: readonly string[] = [KUBELET_CLIENT, KUBELET_SERVING, API_CLIENT];
const YEAR_MS = 365 * 24 * 3_600_000;
const CLIENT_USAGES = ["key encipherment", "digital signature", "client auth"];

function has(csr: V1CertificateSigningRequest, type: string): boolean {
  return (csr.status.conditions ?? []).some((condition) => condition.type === type);
}

function withCondition(
  csr: V1CertificateSigningRequest,
  condition: { readonly type: string; readonly reason: string; readonly message: string },
  clock: Clock,
): V1CertificateSigningRequest {
  const now = wireTime(clock.now());
  const added = { ...condition, status: "True", lastUpdateTime: now, lastTransitionTime: now };
  return { ...csr, status: { ...csr.status, conditions: [...(csr.status.conditions ?? []), added] } };
}

/** Approves the client certificates that nodes ask for themselves. Upstream: pkg/controller/certificates/approver/sarapprove.go */
export const csrApprovingController = defineController({
  name: "certificatesigningrequest-approving-controller",
  serviceAccount: "certificate-controller",
  for: CertificateSigningRequest,
  reconcile: approve,
});

async function approve(key: ObjectKey, { cache, client, clock }: ReconcileContext): Promise<Result> {
  const csr = cache.get(CertificateSigningRequest, key);
  if (!csr || has(csr, "Approved") || has(csr, "Denied") || csr.spec.signerName !== KUBELET_CLIENT) return DONE;
  const request = await parseCertificateRequest(Buffer.from(csr.spec.request, "base64").toString());
  const usages = csr.spec.usages ?? [];
  const node =
    request.subject.organizations?.join() === "system:nodes" && request.subject.commonName.startsWith("system:node:");
  if (!node || usages.some((usage) => !CLIENT_USAGES.includes(usage)) || !usages.includes("client auth")) return DONE;
  const self = csr.spec.username === request.subject.commonName;
  const subresource = self ? "selfnodeclient" : "nodeclient";
  const resourceAttributes = {
    group: "certificates.k8s.io",
    version: "v1",
    resource: "certificatesigningrequests",
    subresource,
    verb: "create",
  };
  const review = {
    metadata: {},
    spec: {
      user: csr.spec.username,
      groups: csr.spec.groups ?? [],
      uid: csr.spec.uid,
      extra: csr.spec.extra,
      resourceAttributes,
    },
  };
  const { status } = (await client.review(SubjectAccessReview, review as never)) as V1SubjectAccessReview;
  if (!status.allowed) return DONE;
  const message = self
    ? "Auto approving self kubelet client certificate after SubjectAccessReview."
    : "Auto approving kubelet client certificate after SubjectAccessReview.";
  const approved = withCondition(csr, { type: "Approved", reason: "AutoApproved", message }, clock);
  await client.update(CertificateSigningRequest, approved, { subresource: "approval" });
  return DONE;
}

/** Signs what has been approved, with the cluster's CA. Upstream: pkg/controller/certificates/signer/signer.go */
export function csrSigningController(ca: KeyPair): ControllerDefinition {
  return defineController({
    name: "certificatesigningrequest-signing-controller",
    serviceAccount: "certificate-controller",
    for: CertificateSigningRequest,
    reconcile: (key, context) => sign(key, context, ca),
  });
}

async function sign(key: ObjectKey, { cache, client, clock, random }: ReconcileContext, ca: KeyPair): Promise<Result> {
  const csr = cache.get(CertificateSigningRequest, key);
  if (
    !csr ||
    !has(csr, "Approved") ||
    has(csr, "Denied") ||
    has(csr, "Failed") ||
    csr.status.certificate ||
    !SIGNERS.includes(csr.spec.signerName)
  )
    return DONE;
  try {
    const authority = await loadCertificateAuthority(ca, random);
    const request = await parseCertificateRequest(Buffer.from(csr.spec.request, "base64").toString());
    const seconds = csr.spec.expirationSeconds;
    const lifeMs = seconds === undefined ? YEAR_MS : Math.min(YEAR_MS, Number(seconds) * 1000);
    const certificate = authority.sign(request, {
      usages: csr.spec.usages ?? [],
      notBefore: clock.now() - 5 * 60_000,
      notAfter: clock.now() + lifeMs,
    });
    const status = { ...csr.status, certificate: Buffer.from(certificate).toString("base64") };
    await client.update(CertificateSigningRequest, { ...csr, status }, { subresource: "status" });
  } catch (error) {
    if (error instanceof TypeError) return await refuse(csr, describeError(error), { client, clock });
    throw error;
  }
  return DONE;
}

async function refuse(
  csr: V1CertificateSigningRequest,
  message: string,
  { client, clock }: Pick<ReconcileContext, "client" | "clock">,
): Promise<Result> {
  const failed = withCondition(csr, { type: "Failed", reason: "SignerValidationFailure", message }, clock);
  await client.update(CertificateSigningRequest, failed, { subresource: "status" });
  return DONE;
}
