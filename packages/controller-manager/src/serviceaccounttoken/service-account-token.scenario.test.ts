import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { test } from "node:test";
import { Secret, ServiceAccount, type V1Secret } from "@dingi/api";
import { isNotFound } from "@dingi/apimachinery";
import { TestCluster } from "@dingi/testing";
import { serviceAccountTokenController } from "./service-account-token-controller.ts";

const ROBOT = { namespace: "default", name: "robot" };
const TOKEN = { namespace: "default", name: "robot-token" };
const TYPE = "kubernetes.io/service-account-token";

/** A cluster whose tokens are signed with a key of the test's own. */
async function start(kind: "ec" | "rsa") {
  const { privateKey, publicKey } =
    kind === "ec"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const controllers = [() => serviceAccountTokenController({ privateKey: pem, rootCa: "the CA" })];
  const cluster = await TestCluster.start({ controllers, parts: ["controllers"] });
  return { cluster, publicKey: createPublicKey(publicKey.export({ type: "spki", format: "pem" })) };
}

const ask = async ({ admin }: TestCluster, more: Partial<V1Secret> = {}) => {
  const annotations = { "kubernetes.io/service-account.name": ROBOT.name, mine: "too" };
  return await admin.create(Secret, { metadata: { ...TOKEN, annotations }, type: TYPE, ...more });
};
const dataOf = async ({ admin }: TestCluster) => (await admin.get(Secret, TOKEN)).data ?? {};
const decode = (text = "") => Buffer.from(text, "base64").toString();

for (const [kind, alg] of [
  ["ec", "ES256"],
  ["rsa", "RS256"],
] as const)
  test(`a Secret is filled with a token that says whose it is, signed by ${alg}`, async () => {
    const { cluster, publicKey } = await start(kind);
    await using _ = cluster;
    const { metadata } = await cluster.admin.create(ServiceAccount, { metadata: ROBOT });
    await ask(cluster, { data: { extra: "eA==" } });
    const data = await cluster.eventually(async () => {
      const found = await dataOf(cluster);
      return found["token"] ? found : undefined;
    });
    assert.deepEqual([decode(data["ca.crt"]), decode(data["namespace"]), data["extra"]], ["the CA", "default", "eA=="]);
    const [header, claims, signature] = decode(data["token"]).split(".");
    const key = { key: publicKey, dsaEncoding: "ieee-p1363" as const };
    const signed = Buffer.from(`${header}.${claims}`);
    assert.ok(verify("sha256", signed, key, Buffer.from(signature!, "base64url")));
    assert.deepEqual(JSON.parse(Buffer.from(header!, "base64url").toString()), { alg });
    assert.deepEqual(JSON.parse(Buffer.from(claims!, "base64url").toString()), {
      iss: "kubernetes/serviceaccount",
      "kubernetes.io/serviceaccount/namespace": "default",
      "kubernetes.io/serviceaccount/secret.name": TOKEN.name,
      "kubernetes.io/serviceaccount/service-account.name": ROBOT.name,
      "kubernetes.io/serviceaccount/service-account.uid": metadata.uid,
      sub: "system:serviceaccount:default:robot",
    });
    const secret = await cluster.admin.get(Secret, TOKEN);
    assert.equal(secret.metadata.annotations?.["kubernetes.io/service-account.uid"], metadata.uid);
    assert.equal(secret.metadata.annotations?.["mine"], "too");
    await cluster.pass(5000);
    assert.equal((await cluster.admin.get(Secret, TOKEN)).metadata.resourceVersion, secret.metadata.resourceVersion);
  });

test("a Secret waits for its account, and goes with it", async () => {
  const { cluster } = await start("ec");
  await using _ = cluster;
  const { admin } = cluster;
  await admin.create(ServiceAccount, { metadata: ROBOT });
  await ask(cluster);
  await cluster.eventually(async () => (await dataOf(cluster))["token"]);
  await admin.delete(ServiceAccount, ROBOT);
  await cluster.eventually(async () => admin.get(Secret, TOKEN).then(() => false, isNotFound));
});

test("what is of another type, or half filled, is left alone or filled up", async () => {
  const { cluster } = await start("ec");
  await using _ = cluster;
  const { admin } = cluster;
  await admin.create(ServiceAccount, { metadata: ROBOT });
  const annotations = { "kubernetes.io/service-account.name": ROBOT.name };
  const plain = { namespace: "default", name: "plain" };
  await admin.create(Secret, { metadata: { ...plain, annotations }, type: "Opaque" });
  await ask(cluster, { data: { "ca.crt": "bWluZQ==" } });
  await cluster.eventually(async () => (await dataOf(cluster))["token"]);
  assert.equal(decode((await dataOf(cluster))["ca.crt"]), "the CA");
  assert.equal((await admin.get(Secret, plain)).data, undefined);
});
