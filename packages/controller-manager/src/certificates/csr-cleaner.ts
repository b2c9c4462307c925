import { X509Certificate } from "node:crypto";
import { CertificateSigningRequest, type V1CertificateSigningRequest } from "@dingi/api";
import type { ObjectKey } from "@dingi/apimachinery";
import { DONE, defineController, type ReconcileContext, type Result } from "@dingi/controller-runtime";
import { removeWhenOver } from "../remove-when-over.ts";

const HOUR_MS = 3_600_000;
const DECIDED_MS = HOUR_MS;
const UNDECIDED_MS = 24 * HOUR_MS;

/**
 * Removes requests for certificates that nobody needs any more: an hour after they were decided, a day after they should
 * have been. Differs: at that time; upstream looks once an hour. Upstream: pkg/controller/certificates/cleaner/cleaner.go
 */
export const csrCleanerController = defineController({
  name: "certificatesigningrequest-cleaner-controller",
  serviceAccount: "certificate-controller",
  for: CertificateSigningRequest,
  reconcile,
});

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const request = context.cache.get(CertificateSigningRequest, key);
  if (!request || request.metadata.deletionTimestamp !== undefined) return DONE;
  // Over is what has ended before this millisecond.
  return await removeWhenOver({ kind: CertificateSigningRequest, object: request, endMs: endOf(request) + 1 }, context);
}

/** When nobody needs it any more, in epoch milliseconds. Pure. */
export function endOf({ metadata, status }: V1CertificateSigningRequest): number {
  const conditions = status.conditions ?? [];
  const isIssued = Boolean(status.certificate);
  if (conditions.length === 0) return after(metadata.creationTimestamp, UNDECIDED_MS);
  const ends = conditions.map(({ type, lastUpdateTime }) => {
    if (type === "Denied" || type === "Failed") return after(lastUpdateTime, DECIDED_MS);
    if (type !== "Approved") return Infinity;
    if (!isIssued) return after(lastUpdateTime, UNDECIDED_MS);
    return Math.min(after(lastUpdateTime, DECIDED_MS), expiryOf(status.certificate!));
  });
  return Math.min(...ends);
}

function after(time: string | undefined, ms: number): number {
  const sinceMs = Date.parse(time ?? "");
  return Number.isFinite(sinceMs) ? sinceMs + ms : Infinity;
}

/** @param certificate PEM in base64. */
function expiryOf(certificate: string): number {
  try {
    return Date.parse(new X509Certificate(Buffer.from(certificate, "base64")).validTo);
  } catch {
    return Infinity;
  }
}
