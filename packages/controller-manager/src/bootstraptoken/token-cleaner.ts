import { Secret } from "@dingi/api";
import { keyOf, type ObjectKey } from "@dingi/apimachinery";
import { DONE, defineController, watchOf, type ReconcileContext, type Result } from "@dingi/controller-runtime";
import { removeWhenOver } from "../remove-when-over.ts";
import { expiryOf, isBootstrapToken } from "./bootstrap-token.ts";

/** Removes bootstrap tokens that have expired. Upstream: pkg/controller/bootstrap/tokencleaner.go */
export const tokenCleaner = defineController({
  name: "token-cleaner-controller",
  serviceAccount: "token-cleaner",
  watches: [watchOf(Secret, (secret) => (isBootstrapToken(secret) ? [keyOf(secret)] : []))],
  reconcile,
});

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const secret = context.cache.get(Secret, key);
  if (!secret || !isBootstrapToken(secret)) return DONE;
  return await removeWhenOver({ kind: Secret, object: secret, endMs: expiryOf(secret) }, context);
}
