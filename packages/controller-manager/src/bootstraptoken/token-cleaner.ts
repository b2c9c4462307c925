import { Secret } from "@dingi/api";
import { ignoreGone, keyOf, type ObjectKey } from "@dingi/apimachinery";
import { DONE, defineController, watchOf, type ReconcileContext, type Result } from "@dingi/controller-runtime";
import { expiryOf, isBootstrapToken } from "./bootstrap-token.ts";

/** Removes bootstrap tokens that have expired. Upstream: pkg/controller/bootstrap/tokencleaner.go */
export const tokenCleaner = defineController({
  name: "token-cleaner-controller",
  serviceAccount: "token-cleaner",
  watches: [watchOf(Secret, (secret) => (isBootstrapToken(secret) ? [keyOf(secret)] : []))],
  reconcile,
});

async function reconcile(key: ObjectKey, { cache, client, clock }: ReconcileContext): Promise<Result> {
  const secret = cache.get(Secret, key);
  if (!secret || !isBootstrapToken(secret)) return DONE;
  const leftMs = expiryOf(secret) - clock.now();
  if (leftMs === Infinity) return DONE;
  if (leftMs > 0) return { requeueAfterMs: leftMs };
  const { uid = "" } = secret.metadata;
  await client.delete(Secret, key, { preconditions: { uid } }).catch(ignoreGone);
  return DONE;
}
