import { PodCertificateRequest } from "@dingi/api";
import type { ObjectKey } from "@dingi/apimachinery";
import { DONE, defineController, type ReconcileContext, type Result } from "@dingi/controller-runtime";
import { removeWhenOver } from "../remove-when-over.ts";

/** What has not come to an end by then will not. Upstream: cmd/kube-controller-manager/app/certificates.go#newPodCertificateRequestCleanerController */
const LIFE_MS = 15 * 60_000;

/** Differs: at its time; upstream looks every five minutes. Upstream: pkg/controller/certificates/cleaner/pcrcleaner.go */
export const podCertificateRequestCleaner = defineController({
  name: "podcertificaterequest-cleaner-controller",
  serviceAccount: "podcertificaterequestcleaner",
  for: PodCertificateRequest,
  reconcile,
});

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const request = context.cache.get(PodCertificateRequest, key);
  if (!request || request.metadata.deletionTimestamp !== undefined) return DONE;
  const endMs = Date.parse(request.metadata.creationTimestamp ?? "") + LIFE_MS;
  return await removeWhenOver({ kind: PodCertificateRequest, object: request, endMs }, context);
}
