import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect, createServer } from "node:tls";
import { FakeClock, seededRandom, systemClock } from "@dingi/base";
import { ensureClusterPki } from "./cluster-pki.ts";
import { describeCertificate } from "./key-pair.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const root = mkdtempSync(join(tmpdir(), "dingi-pki-"));
after(() => rmSync(root, { recursive: true }));
const clock = new FakeClock();
const options = {
  clock,
  random: seededRandom(1),
  fabricAddress: "198.18.0.2",
  hostName: "boat",
  extraSans: ["api.example", "192.0.2.7"],
};

test("a new cluster gets kubeadm's files with kubeadm's subjects, for nobody else to read", async () => {
  const directory = join(root, "new");
  const pki = await ensureClusterPki(directory, options);
  const pairs = ["admin", "apiserver", "apiserver-kubelet-client", "ca", "front-proxy-ca", "front-proxy-client"];
  const files = [...pairs.flatMap((name) => [`${name}.crt`, `${name}.key`]), "sa.key", "sa.pub"];
  assert.deepEqual(readdirSync(directory).sort(), files.sort());
  for (const file of files) assert.equal(statSync(join(directory, file)).mode & 0o777, 0o600);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  const subjects = [
    pki.ca,
    pki.apiserver,
    pki.apiserverKubeletClient,
    pki.frontProxyCa,
    pki.frontProxyClient,
    pki.admin,
  ]
    .map(({ certificatePem }) => describeCertificate(certificatePem))
    .map(({ commonName, organizations }) => [commonName, ...organizations].join("/"));
  assert.deepEqual(subjects, [
    "kubernetes",
    "kube-apiserver",
    "kube-apiserver-kubelet-client",
    "front-proxy-ca",
    "front-proxy-client",
    "kubernetes-admin/kubeadm:cluster-admins",
  ]);
});

test("the API server's certificate holds every name and address", async () => {
  const { apiserver } = await ensureClusterPki(join(root, "new"), options);
  const { dnsNames, ipAddresses } = describeCertificate(apiserver.certificatePem);
  const service = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
  ];
  assert.deepEqual(dnsNames, [...service, "localhost", "boat", "api.example"]);
  assert.deepEqual(ipAddresses, ["127.0.0.1", "::1", "10.96.0.1", "198.18.0.2", "192.0.2.7"]);
});

test("the certificates work in TLS, in both directions", async () => {
  const { ca, apiserver, admin } = await ensureClusterPki(join(root, "tls"), {
    ...options,
    clock: systemClock,
  });
  const server = createServer({
    cert: apiserver.certificatePem,
    key: apiserver.keyPem,
    ca: ca.certificatePem,
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address && typeof address === "object");
  const accepted = once(server, "secureConnection");
  const client = connect({
    port: address.port,
    host: "127.0.0.1",
    servername: "kubernetes.default.svc",
    ca: ca.certificatePem,
    cert: admin.certificatePem,
    key: admin.keyPem,
  });
  await once(client, "secureConnect");
  const [socket] = await accepted;
  assert.equal(socket.getPeerCertificate().subject.CN, "kubernetes-admin");
  client.destroy();
  server.close();
});

test("a second call changes nothing", async () => {
  const first = await ensureClusterPki(join(root, "idempotent"), options);
  assert.equal(first.issued.length, 7);
  const second = await ensureClusterPki(join(root, "idempotent"), { ...options, random: seededRandom(2) });
  assert.deepEqual(second, { ...first, issued: [] });
});

test("what no longer serves is issued anew, and only that", async () => {
  const directory = join(root, "healed");
  const ensure = (more: object = {}) => ensureClusterPki(directory, { ...options, ...more });
  const issuedBy = async (more?: object) => (await ensure(more)).issued.map(({ name, reason }) => `${name}: ${reason}`);
  await ensure();
  assert.deepEqual(await issuedBy({ extraSans: ["new.example"] }), ["apiserver: It lacked a name or an address"]);
  writeFileSync(join(directory, "admin.crt"), "");
  assert.deepEqual(await issuedBy({ extraSans: [] }), ["admin: It could not be read"]);
  writeFileSync(join(directory, "admin.key"), readFileSync(join(directory, "apiserver.key")));
  assert.deepEqual(await issuedBy({ extraSans: [] }), ["admin: Its key was another one's"]);
  rmSync(join(directory, "ca.crt"));
  rmSync(join(directory, "ca.key"));
  const changed = ["apiserver", "apiserver-kubelet-client", "admin"].map(
    (name) => `${name}: The certificate authority had changed`,
  );
  assert.deepEqual(await issuedBy({ extraSans: [] }), ["ca: It did not exist", ...changed]);
});

test("certificates are renewed before they expire, authorities with their key", async () => {
  const directory = join(root, "renewed");
  const later = new FakeClock();
  const ensure = () => ensureClusterPki(directory, { ...options, clock: later });
  const first = await ensure();
  await later.advance(334 * DAY_MS);
  assert.deepEqual((await ensure()).issued, []);
  await later.advance(2 * DAY_MS);
  const leaves = (await ensure()).issued;
  assert.deepEqual(
    leaves.map(({ name }) => name),
    ["apiserver", "apiserver-kubelet-client", "front-proxy-client", "admin"],
  );
  assert.ok(leaves.every(({ reason }) => reason === "It was about to expire"));
  await later.advance(3000 * DAY_MS);
  const renewed = await ensure();
  assert.equal(renewed.issued.length, 6);
  assert.equal(renewed.ca.keyPem, first.ca.keyPem);
  assert.notEqual(renewed.ca.certificatePem, first.ca.certificatePem);
  const old = new X509Certificate(first.admin.certificatePem);
  assert.ok(old.verify(new X509Certificate(renewed.ca.certificatePem).publicKey));
});

test("an authority without its key is an error that says what to do", async () => {
  const directory = join(root, "keyless");
  await ensureClusterPki(directory, options);
  rmSync(join(directory, "ca.key"));
  await assert.rejects(ensureClusterPki(directory, options), /key "\/.*ca.key" is missing; restore it/);
});
