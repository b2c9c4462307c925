import { ConfigMap, Namespace } from "@dingi/api";
import { ignoreAlreadyExists, type ObjectKey } from "@dingi/apimachinery";
import {
  DONE,
  defineController,
  watchOf,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";

const NAME = "kube-root-ca.crt";
const DESCRIPTION = "kubernetes.io/description";
const TEXT = "The CA that signs the API server's certificate inside the cluster";

/** Puts the cluster's CA into every namespace, for pods to trust. Upstream: pkg/controller/certificates/rootcacertpublisher/publisher.go */
export function rootCaCertPublisher(rootCa: string): ControllerDefinition {
  return defineController({
    name: "root-ca-certificate-publisher-controller",
    serviceAccount: "root-ca-cert-publisher",
    for: Namespace,
    watches: [
      watchOf(ConfigMap, ({ metadata }) =>
        metadata.name === NAME ? [{ namespace: "", name: metadata.namespace ?? "" }] : [],
      ),
    ],
    reconcile: (key, context) => reconcile(key, context, rootCa),
  });
}

async function reconcile(key: ObjectKey, { cache, client }: ReconcileContext, rootCa: string): Promise<Result> {
  const namespace = cache.get(Namespace, key);
  if (!namespace || namespace.status.phase === "Terminating") return DONE;
  const data = { "ca.crt": rootCa };
  const map = cache.get(ConfigMap, { namespace: key.name, name: NAME });
  if (!map) {
    await client
      .create(ConfigMap, { metadata: { namespace: key.name, name: NAME, annotations: { [DESCRIPTION]: TEXT } }, data })
      .catch(ignoreAlreadyExists);
  } else if (map.data?.["ca.crt"] !== rootCa) {
    await client.update(ConfigMap, {
      ...map,
      data,
      metadata: { ...map.metadata, annotations: { ...map.metadata.annotations, [DESCRIPTION]: TEXT } },
    });
  }
  return DONE;
}
