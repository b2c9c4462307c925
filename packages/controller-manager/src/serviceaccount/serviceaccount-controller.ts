import { Namespace, ServiceAccount } from "@dingi/api";
import { ignoreAlreadyExists, type ObjectKey } from "@dingi/apimachinery";
import { DONE, defineController, watchOf, type ReconcileContext, type Result } from "@dingi/controller-runtime";

/** Gives every namespace its service account `default`. Upstream: pkg/controller/serviceaccount/serviceaccounts_controller.go */
export const serviceAccountController = defineController({
  name: "serviceaccount-controller",
  serviceAccount: "service-account-controller",
  for: Namespace,
  watches: [watchOf(ServiceAccount, ({ metadata }) => [{ namespace: "", name: metadata.namespace ?? "" }])],
  reconcile,
});

async function reconcile(key: ObjectKey, { cache, client }: ReconcileContext): Promise<Result> {
  const namespace = cache.get(Namespace, key);
  if (!namespace || namespace.status.phase === "Terminating") return DONE;
  if (cache.get(ServiceAccount, { namespace: key.name, name: "default" })) return DONE;
  await client
    .create(ServiceAccount, { metadata: { namespace: key.name, name: "default" } })
    .catch(ignoreAlreadyExists);
  return DONE;
}
