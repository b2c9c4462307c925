import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect } from "node:tls";
import { CoreV1Api, KubeConfig, Watch } from "@kubernetes/client-node";
import { Dingi } from "./dingi.ts";
import { until } from "./until.ts";

const NAME = "certified";
const NODE = `${NAME}-1`;

let dingi: Dingi;

before(async () => {
  dingi = await Dingi.create(NAME);
  await dingi.up("--runtime", "simulated");
});
after(async () => await dingi[Symbol.asyncDispose]());

const pki = (file: string) => join(dingi.home, "clusters", NAME, "pki", file);
const serialIn = async (file: string) => new X509Certificate(await readFile(pki(file))).serialNumber;

/** Of the certificate that a server shows. */
async function serialShown(url: URL): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options = { host: url.hostname, port: Number(url.port), rejectUnauthorized: false };
  const socket = connect(options, () => resolve(socket.getPeerX509Certificate()!.serialNumber));
  socket.once("error", reject);
  return await promise.finally(() => socket.destroy());
}

function configIn(file: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(file);
  return config;
}

const rotate = async () => await dingi.run("certs", "rotate-ca", "--name", NAME);

/** Whether the node's agent gets through with what it shows now. */
async function agentReports(): Promise<void> {
  const lease = async () =>
    (await dingi.objects.read({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { namespace: "kube-node-lease", name: NODE },
    })) as { spec?: { renewTime?: unknown } };
  const { spec } = await lease();
  await until(
    "the node's lease is renewed",
    async () => String((await lease()).spec?.renewTime) !== String(spec?.renewTime),
    60,
  );
}

/** Whether the API server and the node's kubelet believe each other. */
async function kubeletAnswers(): Promise<void> {
  assert.equal(await dingi.core.connectGetNodeProxyWithPath({ name: NODE, path: "healthz" }), "ok");
}

test("all certificates are renewed under a watch that goes on", async () => {
  const seen: string[] = [];
  const ended: unknown[] = [];
  const watch = await new Watch(configIn(dingi.kubeconfig)).watch(
    "/api/v1/namespaces/default/configmaps",
    {},
    (_type, { metadata }: { metadata: { name: string } }) => void seen.push(metadata.name),
    (error) => void ended.push(error),
  );
  const pid = await dingi.pidOf("control-plane");
  const files = ["apiserver.crt", "admin.crt", `nodes/${NODE}/kubelet-client.crt`];
  const old = await Promise.all(files.map(serialIn));
  await dingi.run("certs", "renew", "--name", NAME);
  const renewed = await Promise.all(files.map(serialIn));
  for (const [i, serial] of renewed.entries()) assert.notEqual(serial, old[i], files[i]!);
  await until("the API server shows it", async () => (await serialShown(new URL(dingi.server))) === renewed[0], 20);
  await dingi.core.createNamespacedConfigMap({ namespace: "default", body: { metadata: { name: "after" } } });
  await until("the watch tells of it", () => Promise.resolve(seen.includes("after")), 20);
  assert.deepEqual(ended, []);
  watch.abort();
  assert.equal(await dingi.pidOf("control-plane"), pid);
  assert.match(await dingi.logOf(`${NODE}.out`), /Certificates were renewed/);
  await agentReports();
  await kubeletAnswers();
});

test("authorities are rotated in three steps, and what the old one had signed is refused after the last", async () => {
  const old = `${dingi.kubeconfig}.old`;
  await copyFile(dingi.kubeconfig, old);
  const readsWith = async (file: string) => await configIn(file).makeApiClient(CoreV1Api).listNode();
  assert.match(await rotate(), /trusted beside the old one[^]*dingi certs rotate-ca --name certified/);
  await readsWith(old);
  await agentReports();
  await kubeletAnswers();
  const followed = `${dingi.kubeconfig}.followed`;
  await copyFile(dingi.kubeconfig, followed);
  assert.match(await rotate(), /The other authority signs/);
  await readsWith(followed);
  // Who did not follow does not believe the API server.
  await assert.rejects(readsWith(old), ({ cause }: Error) => /certificate/.test(String(cause)));
  await agentReports();
  await kubeletAnswers();
  assert.match(await dingi.run("certs", "list", "--name", NAME), /ca-previous +\d{4}-/);
  assert.match(await rotate(), /The old authority is forgotten/);
  await assert.rejects(readsWith(followed), /401|Unauthorized/);
  await agentReports();
  await kubeletAnswers();
  assert.doesNotMatch(await dingi.run("certs", "list", "--name", NAME), /previous|next|nobody/);
});

test("of a cluster that does not run certificates are listed, and not changed", async () => {
  await dingi.run("stop", "--name", NAME);
  assert.match(await dingi.run("certs", "list", "--name", NAME), /^CERTIFICATE[^]*nodes\/certified-1\/kubelet /);
  const { stderr } = await dingi.fail("certs", "renew", "--name", NAME);
  assert.match(stderr, /Cluster "certified" does not run: start it with dingi up --name certified/);
});
