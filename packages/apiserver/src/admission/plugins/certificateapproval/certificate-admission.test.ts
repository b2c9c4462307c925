import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createCertificateAuthority, createCertificateRequest, generateKeys } from "@dingi/component-base";
import { seededRandom } from "@dingi/base";
import { startTestServer, type TestServer } from "../../../testing/test-server.ts";

const GROUP = "rbac.authorization.k8s.io";
const RBAC = `/apis/${GROUP}/v1`;
const REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const { privatePem: keyPem } = generateKeys();
const MERGE = { "content-type": "application/merge-patch+json" };
const CLIENT = "kubernetes.io/kube-apiserver-client";

const MAY_WRITE = {
  apiGroups: ["certificates.k8s.io"],
  resources: ["certificatesigningrequests", "certificatesigningrequests/approval", "certificatesigningrequests/status"],
  verbs: ["create", "get", "update", "patch"],
};
const maySign = (verb: string, name: string) => ({
  apiGroups: ["certificates.k8s.io"],
  resources: ["signers"],
  resourceNames: [name],
  verbs: [verb],
});

describe("Who writes certificate signing requests", () => {
  let api: TestServer;
  let certificate: string;
  before(async () => {
    api = await startTestServer();
    await grant("writer", [MAY_WRITE]);
    await grant("approver", [MAY_WRITE, maySign("approve", CLIENT)]);
    await grant("signer", [MAY_WRITE, maySign("sign", "kubernetes.io/*")]);
    const period = { notBefore: api.clock.now(), notAfter: api.clock.now() + 1000 };
    const ca = await createCertificateAuthority({ commonName: "x", random: seededRandom(2), ...period });
    certificate = Buffer.from(ca.certificatePem).toString("base64");
  });
  after(() => api[Symbol.asyncDispose]());

  async function grant(name: string, rules: readonly object[]): Promise<void> {
    const metadata = { name };
    const roleRef = { apiGroup: GROUP, kind: "ClusterRole", name };
    const subjects = [{ kind: "User", apiGroup: GROUP, name }];
    await send("admin", "POST", `${RBAC}/clusterroles`, { metadata, rules });
    await send("admin", "POST", `${RBAC}/clusterrolebindings`, { metadata, roleRef, subjects });
  }

  /** The message of a refusal; undefined when it was done. */
  async function send(who: string, method: string, url: string, body: object): Promise<string | undefined> {
    const user = who === "admin" ? {} : { user: { name: who, groups: [] } };
    const answer = await api.send({ method, url, body, headers: method === "PATCH" ? MERGE : {}, ...user });
    if (answer.status < 300) return undefined;
    assert.equal(answer.status, 403, answer.text);
    return (JSON.parse(answer.text) as { message: string }).message;
  }

  async function ask(name: string, organizations: readonly string[], signerName = CLIENT): Promise<string | undefined> {
    const pem = await createCertificateRequest({ subject: { commonName: "mallory", organizations }, keyPem });
    const spec = { request: Buffer.from(pem).toString("base64"), signerName, usages: ["client auth"] };
    return await send("writer", "POST", REQUESTS, { metadata: { name }, spec });
  }

  const approval = { status: { conditions: [{ type: "Approved", status: "True", reason: "r", message: "m" }] } };

  test("do not ask to be in system:masters", async () => {
    const message = await ask("masters", ["friends", "system:masters"]);
    assert.match(message ?? "", /"masters" is forbidden: use of kubernetes.io\/kube-apiserver-client signer with/);
    assert.equal(await ask("friends", ["friends"]), undefined);
    assert.equal(await ask("other-signer", ["system:masters"], "example.com/own"), undefined);
  });

  test("approve only for signers for whom they may", async () => {
    assert.equal(await ask("to-approve", []), undefined);
    const url = `${REQUESTS}/to-approve/approval`;
    const refusal = /user not permitted to approve requests with signerName "kubernetes.io\/kube-apiserver-client"$/;
    for (const who of ["writer", "signer"]) assert.match((await send(who, "PATCH", url, approval)) ?? "", refusal);
    assert.equal(await send("approver", "PATCH", url, approval), undefined);
  });

  test("do not approve for one signer by naming another", async () => {
    assert.equal(await ask("other", [], "example.com/own"), undefined);
    const body = { ...approval, spec: { signerName: CLIENT } };
    const message = await send("approver", "PATCH", `${REQUESTS}/other/approval`, body);
    assert.match(message ?? "", /signerName "example.com\/own"$/);
  });

  test("write certificates and failures only for signers for whom they may, by name or by domain", async () => {
    assert.equal(await ask("to-sign", []), undefined);
    const url = `${REQUESTS}/to-sign/status`;
    const failed = { status: { conditions: [{ type: "Failed", status: "True" }] } };
    for (const body of [{ status: { certificate } }, failed])
      for (const who of ["writer", "approver"])
        assert.match(
          (await send(who, "PATCH", url, body)) ?? "",
          /user not permitted to sign requests with signerName/,
        );
    assert.equal(await send("writer", "PATCH", url, { metadata: { labels: { a: "b" } } }), undefined);
    assert.equal(await send("signer", "PATCH", url, { status: { certificate } }), undefined);
  });
});
