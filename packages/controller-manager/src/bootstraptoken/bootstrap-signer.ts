import { ConfigMap, Secret } from "@dingi/api";
import { equalJson } from "@dingi/apimachinery";
import {
  DONE,
  defineController,
  indexOf,
  watchOf,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { detachedSignature, isBootstrapToken, signingTokenOf } from "./bootstrap-token.ts";

/** What whoever joins reads before he trusts anybody. */
const CLUSTER_INFO = { namespace: "kube-public", name: "cluster-info" };
const CONTENT = "kubeconfig";
const SIGNATURE = "jws-kubeconfig-";
const KEY = "cluster-info";
const TOKENS = "bootstrap tokens";

/** Signs what is public of the cluster with each bootstrap token, so that who has one can verify it. Upstream: pkg/controller/bootstrap/bootstrapsigner.go */
export const bootstrapSigner = defineController({
  name: "bootstrap-signer-controller",
  serviceAccount: "bootstrap-signer",
  watches: [
    watchOf(ConfigMap, ({ metadata: { namespace, name } }) =>
      namespace === CLUSTER_INFO.namespace && name === CLUSTER_INFO.name ? [KEY] : [],
    ),
    watchOf(Secret, (secret) => (isBootstrapToken(secret) ? [KEY] : [])),
  ],
  indexes: [indexOf(Secret, TOKENS, (secret) => (isBootstrapToken(secret) ? [TOKENS] : []))],
  concurrency: 1,
  reconcile: (_key, context) => sign(context),
});

async function sign({ cache, client, clock }: ReconcileContext): Promise<Result> {
  const map = cache.get(ConfigMap, CLUSTER_INFO);
  const content = map?.data?.[CONTENT];
  if (!map || content === undefined) return DONE;
  const tokens = cache.by(Secret, TOKENS, TOKENS).flatMap((secret) => signingTokenOf(secret, clock.now()) ?? []);
  const others = Object.entries(map.data ?? {}).filter(([name]) => !name.startsWith(SIGNATURE));
  const signatures = tokens.map((token) => [`${SIGNATURE}${token.id}`, detachedSignature(content, token)] as const);
  const data = Object.fromEntries([...others, ...signatures]);
  if (!equalJson(data, map.data)) await client.update(ConfigMap, { ...map, data });
  return DONE;
}
