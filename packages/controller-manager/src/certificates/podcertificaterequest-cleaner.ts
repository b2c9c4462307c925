import { PodCertificateRequest } from "@dingi/api";
import { ignoreGone, type ObjectKey } from "@dingi/apimachinery";
import { DONE, defineController, type ReconcileContext, type Result } from "@dingi/controller-runtime";

/** What has not come to an end by then will not. Upstream: cmd/kube-controller-manager/app/certificates.go#newPodCertificateRequestCleanerController */
const LIFE_MS = 15 * 60_000;

/** Differs: at its time; upstream looks every five minutes. Upstream: pkg/controller/certificates/cleaner/pcrcleaner.go */
export const podCertificateRequestCleaner = defineController({
  name: "podcertificaterequest-cleaner-controller",
  serviceAccount: "podcertificaterequestcleaner",
  for: PodCertificateRequest,
  reconcile,
});

async function reconcile(key: ObjectKey, { cache, client, clock }: ReconcileContext): Promise<Result> {
  const request = cache.get(PodCertificateRequest, key);
  if (!request || request.metadata.deletionTimestamp !== undefined) return DONE;
  const leftMs = Date.parse(request.metadata.creationTimestamp ?? "") + LIFE_MS - clock.now();
  if (leftMs > 0) return { requeueAfterMs: leftMs };
  const { uid = "" } = request.metadata;
  await client.delete(PodCertificateRequest, key, { preconditions: { uid } }).catch(ignoreGone);
  return DONE;
}
