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
import { isOwnSigner, KUBELET_CLIENT, signingProblem } from "./signer-rules.ts";

const MIN_MS = 10 * 60_000;
const YEAR_MS = 365 * 24 * 3_600_000;
/** Shorter certificates do not lose the minutes by which they begin before they are asked for. */
const SHORT_MS = 8 * 3_600_000;
const BACKDATE_MS = 5 * 60_000;

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
  if (!csr || csr.spec.signerName !== KUBELET_CLIENT || csr.status.certificate) return DONE;
  if (has(csr, "Approved") || has(csr, "Denied")) return DONE;
  const request = await parseCertificateRequest(Buffer.from(csr.spec.request, "base64").toString());
  if (signingProblem(KUBELET_CLIENT, request, csr.spec.usages ?? []) !== undefined) return DONE;
  const isSelf = csr.spec.username === request.subject.commonName;
  const found = await findApproval(isSelf ? APPROVALS : APPROVALS.slice(1), csr, client);
  if (!found) return DONE;
  const approved = withCondition(csr, { type: "Approved", reason: "AutoApproved", message: found.message }, clock);
  await client.update(CertificateSigningRequest, approved, { subresource: "approval" });
  return DONE;
}

interface Approval {
  readonly subresource: string;
  readonly message: string;
}

/** What a node may be allowed to ask for: its own next certificate, or any node's first. */
const APPROVALS: readonly Approval[] = [
  {
    subresource: "selfnodeclient",
    message: "Auto approving self kubelet client certificate after SubjectAccessReview.",
  },
  { subresource: "nodeclient", message: "Auto approving kubelet client certificate after SubjectAccessReview." },
];

async function findApproval(
  approvals: readonly Approval[],
  { spec }: V1CertificateSigningRequest,
  client: ReconcileContext["client"],
): Promise<Approval | undefined> {
  const { username: user, groups = [], uid, extra } = spec;
  for (const approval of approvals) {
    const resourceAttributes = {
      group: "certificates.k8s.io",
      version: "*",
      resource: "certificatesigningrequests",
      subresource: approval.subresource,
      verb: "create",
    };
    const review = { metadata: {}, spec: { user, groups, uid, extra, resourceAttributes } };
    const { status } = (await client.review(SubjectAccessReview, review as never)) as V1SubjectAccessReview;
    if (status.allowed) return approval;
  }
  return undefined;
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
    !isOwnSigner(csr.spec.signerName)
  )
    return DONE;
  try {
    const authority = await loadCertificateAuthority(ca, random);
    const request = await parseCertificateRequest(Buffer.from(csr.spec.request, "base64").toString());
    const usages = csr.spec.usages ?? [];
    const problem = signingProblem(csr.spec.signerName, request, usages);
    if (problem !== undefined) return await refuse(csr, problem, { client, clock });
    const certificate = authority.sign(request, { usages, ...validity(csr.spec.expirationSeconds, clock.now()) });
    const status = { ...csr.status, certificate: Buffer.from(certificate).toString("base64") };
    await client.update(CertificateSigningRequest, { ...csr, status }, { subresource: "status" });
  } catch (error) {
    if (error instanceof TypeError) return await refuse(csr, describeError(error), { client, clock });
    throw error;
  }
  return DONE;
}

/** Upstream: pkg/controller/certificates/authority/policies.go#PermissiveSigningPolicy */
function validity(seconds: number | undefined, nowMs: number): { notBefore: number; notAfter: number } {
  const lifeMs = seconds === undefined ? YEAR_MS : Math.min(YEAR_MS, Math.max(MIN_MS, Number(seconds) * 1000));
  const notBefore = nowMs - BACKDATE_MS;
  return { notBefore, notAfter: (lifeMs < SHORT_MS ? nowMs : notBefore) + lifeMs };
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
