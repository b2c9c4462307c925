import { ConfigMap, Namespace, Secret } from "@dingi/api";
import { ignoreAlreadyExists } from "@dingi/apimachinery";
import { testUnderFaults, type TestCluster } from "@dingi/testing";
import { detachedSignature } from "./bootstrap-token.ts";
import { bootstrapSigner } from "./bootstrap-signer.ts";
import { tokenCleaner } from "./token-cleaner.ts";

const controllers = [() => bootstrapSigner, () => tokenCleaner];

const CONTENT = "apiVersion: v1\nkind: Config\n";
const INFO = { namespace: "kube-public", name: "cluster-info" };
const TOKEN = { id: "abc123", secret: "0123456789abcdef" };

async function join({ admin, clock }: TestCluster): Promise<void> {
  await admin.create(Namespace, { metadata: { name: INFO.namespace } }).catch(ignoreAlreadyExists);
  await admin.create(ConfigMap, { metadata: INFO, data: { kubeconfig: CONTENT, "jws-kubeconfig-gone00": "old" } });
  const metadata = { namespace: "kube-system", name: `bootstrap-token-${TOKEN.id}` };
  const stringData = {
    "token-id": TOKEN.id,
    "token-secret": TOKEN.secret,
    "usage-bootstrap-signing": "true",
    expiration: new Date(clock.now() + 60_000).toISOString(),
  };
  await admin.create(Secret, { metadata, type: "bootstrap.kubernetes.io/token", stringData });
}

testUnderFaults("A bootstrap token signs what is public of the cluster until it expires", {
  component: "controllers",
  share: 20,
  cluster: { controllers },
  async run(cluster) {
    await join(cluster);
    const signatures = async () => {
      const { data = {} } = await cluster.admin.get(ConfigMap, INFO);
      return Object.entries(data).filter(([name]) => name !== "kubeconfig");
    };
    const signed = await cluster.eventually(async () => {
      const found = await signatures();
      return found.some(([name]) => name === `jws-kubeconfig-${TOKEN.id}`) ? found : false;
    });
    await cluster.pass(60_000);
    await cluster.eventually(async () => (await signatures()).length === 0);
    const { items } = await cluster.admin.list(Secret, { namespace: "kube-system" });
    const left = items.filter(({ metadata }) => metadata.name === `bootstrap-token-${TOKEN.id}`).length;
    return { signed, left };
  },
  wanted: { signed: [[`jws-kubeconfig-${TOKEN.id}`, detachedSignature(CONTENT, TOKEN)]], left: 0 },
});
