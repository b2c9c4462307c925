import assert from "node:assert/strict";
import { sign, createPrivateKey } from "node:crypto";
import { after, before, test } from "node:test";
import { Secret, ServiceAccount, type V1Secret } from "@dingi/api";
import { startTestServer, type TestServer } from "../../testing/test-server.ts";
import { LAST_USED } from "./legacy-token.ts";

let api: TestServer;
before(async () => (api = await startTestServer()));
after(() => api[Symbol.asyncDispose]());

const KEY = { namespace: "default", name: "old" };

/** As the token controller makes them. */
function legacyToken(keyPem: string, uid: string): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = {
    iss: "kubernetes/serviceaccount",
    "kubernetes.io/serviceaccount/namespace": "default",
    "kubernetes.io/serviceaccount/secret.name": "old",
    "kubernetes.io/serviceaccount/service-account.name": "robot",
    "kubernetes.io/serviceaccount/service-account.uid": uid,
    sub: "system:serviceaccount:default:robot",
  };
  const text = `${encode({ alg: "ES256" })}.${encode(claims)}`;
  const key = { key: createPrivateKey(keyPem), dsaEncoding: "ieee-p1363" as const };
  return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}

async function whoAmI(token: string): Promise<string> {
  const { status, text } = await api.send({
    method: "POST",
    url: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    user: null,
    headers: { authorization: `Bearer ${token}` },
    body: {},
  });
  if (status !== 201) return String(status);
  return (JSON.parse(text) as { status: { userInfo: { username: string } } }).status.userInfo.username;
}

async function relabel(labels: object): Promise<void> {
  await api.admin.patch(Secret, KEY, { metadata: { labels } }, { type: "merge" });
}

test("A token of a Secret is good as long as the Secret holds it and is not marked, and its use is noted", async () => {
  const account = await api.admin.create(ServiceAccount, { metadata: { namespace: "default", name: "robot" } });
  const token = legacyToken(api.serviceAccountKey, account.metadata.uid!);
  assert.equal(await whoAmI(token), "401", "the Secret is not there");
  const annotations = { "kubernetes.io/service-account.name": "robot" };
  const data = { token: Buffer.from(token).toString("base64") };
  const type = "kubernetes.io/service-account-token";
  await api.admin.create(Secret, { metadata: { ...KEY, annotations }, type, data });
  assert.equal(await whoAmI(token), "system:serviceaccount:default:robot");
  const today = new Date(api.clock.now()).toISOString().slice(0, 10);
  let secret: V1Secret = await api.admin.get(Secret, KEY);
  // The label is written beside the request; the next read of the store comes after it.
  for (let i = 0; i < 20 && !secret.metadata.labels; i++) secret = await api.admin.get(Secret, KEY);
  assert.equal(secret.metadata.labels?.[LAST_USED], today);
  await relabel({ "kubernetes.io/legacy-token-invalid-since": today });
  assert.equal(await whoAmI(token), "401", "marked as invalid");
  await relabel({ "kubernetes.io/legacy-token-invalid-since": null });
  assert.equal(await whoAmI(token), "system:serviceaccount:default:robot");
  await api.admin.patch(Secret, KEY, { data: { token: "b3RoZXI=" } }, { type: "merge" });
  assert.equal(await whoAmI(token), "401", "the Secret holds another");
});
