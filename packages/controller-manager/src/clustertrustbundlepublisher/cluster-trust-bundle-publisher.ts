import { createHash } from "node:crypto";
import { ClusterTrustBundle } from "@dingi/api";
import { ignoreAlreadyExists, ignoreGone } from "@dingi/apimachinery";
import {
  DONE,
  defineController,
  indexOf,
  watchOf,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";

const SIGNER = "kubernetes.io/kube-apiserver-serving";
const SIGNED = "bundles of the signer";
const KEY = "kube-apiserver-serving";
const HASHED_BYTES = 12;

/** Publishes what the API server is verified with, under a name of its own for each content. Upstream: pkg/controller/certificates/clustertrustbundlepublisher/publisher.go */
export function clusterTrustBundlePublisher(rootCa: string): ControllerDefinition {
  return defineController({
    name: "kube-apiserver-serving-clustertrustbundle-publisher-controller",
    serviceAccount: "kube-apiserver-serving-clustertrustbundle-publisher",
    watches: [watchOf(ClusterTrustBundle, ({ spec }) => (spec.signerName === SIGNER ? [KEY] : []))],
    indexes: [indexOf(ClusterTrustBundle, SIGNED, ({ spec }) => (spec.signerName === SIGNER ? [KEY] : []))],
    initialKeys: [KEY],
    concurrency: 1,
    reconcile: (_key, context) => publish(rootCa, context),
  });
}

/** "kubernetes.io:kube-apiserver-serving:<hash>" */
export function bundleNameOf(trustBundle: string): string {
  const hash = createHash("sha256").update(trustBundle).digest().subarray(0, HASHED_BYTES).toString("hex");
  return `${SIGNER.replaceAll("/", ":")}:${hash}`;
}

async function publish(trustBundle: string, { cache, client }: ReconcileContext): Promise<Result> {
  const name = bundleNameOf(trustBundle);
  const spec = { signerName: SIGNER, trustBundle };
  const known = cache.get(ClusterTrustBundle, { namespace: "", name });
  if (!known) await client.create(ClusterTrustBundle, { metadata: { name }, spec }).catch(ignoreAlreadyExists);
  else if (known.spec.trustBundle !== trustBundle) await client.update(ClusterTrustBundle, { ...known, spec });
  // Those of other contents are out of date.
  const others = cache.by(ClusterTrustBundle, SIGNED, KEY).filter(({ metadata }) => metadata.name !== name);
  for (const { metadata } of others)
    await client.delete(ClusterTrustBundle, { namespace: "", name: metadata.name ?? "" }).catch(ignoreGone);
  return DONE;
}
