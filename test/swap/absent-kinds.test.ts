import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { CertificateAuthority } from "../../packages/component-base/src/pki/certificate-authority.ts";
import { systemClock, systemRandom } from "@dingi/base";
import { AbsentKinds } from "./absent-kinds.ts";

const HOUR_MS = 3_600_000;
const period = { notBefore: systemClock.now() - HOUR_MS, notAfter: systemClock.now() + HOUR_MS };
const authority = CertificateAuthority.create({ commonName: "test", random: systemRandom, ...period });

async function serverWithPods() {
  const ca = new CertificateAuthority(authority, systemRandom);
  const subject = { commonName: "server" };
  const pair = ca.issue({ subject, usages: ["server auth", "client auth"], ipAddresses: ["127.0.0.1"], ...period });
  const server = createServer({ cert: pair.certificatePem, key: pair.keyPem }, (request, response) => {
    response.writeHead(request.url?.startsWith("/api/v1/pods") ? 200 : 404).end(`real ${request.url}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const front = await AbsentKinds.before(
    { url, ca: authority.certificatePem, cert: pair.certificatePem, key: pair.keyPem },
    { served: new Set(["Pod"]) },
  );
  return {
    front,
    [Symbol.asyncDispose]: async () => {
      await front[Symbol.asyncDispose]();
      server.close();
      server.closeAllConnections();
    },
  };
}

test("what is served goes through; collections that are not served are empty; all else stays not found", async () => {
  await using it = await serverWithPods();
  const get = (path: string) => fetch(`${it.front.url}${path}`);
  assert.equal(await (await get("/api/v1/pods?limit=1")).text(), "real /api/v1/pods?limit=1");
  const list = (await (await get("/apis/storage.k8s.io/v1/csinodes")).json()) as object;
  assert.deepEqual(list, {
    apiVersion: "storage.k8s.io/v1",
    kind: "CSINodeList",
    metadata: { resourceVersion: "1" },
    items: [],
  });
  assert.equal((await get("/apis/storage.k8s.io/v1/csinodes/one")).status, 404);
  assert.equal((await get("/apis/x/v1/unknowns")).status, 404);
  assert.deepEqual(it.front.absent, ["csinodes"]);
});

test("a watch that wants the initial state is told that this was all, and stays open", async () => {
  await using it = await serverWithPods();
  const response = await fetch(`${it.front.url}/api/v1/persistentvolumes?watch=true&sendInitialEvents=true`);
  const reader = response.body!.getReader();
  const { value } = await reader.read();
  const event = JSON.parse(Buffer.from(value!).toString()) as { type: string; object: { kind: string } };
  assert.equal(event.type, "BOOKMARK");
  assert.equal(event.object.kind, "PersistentVolume");
  await reader.cancel();
});

test("an object of a kind that is not served is read as it was written", async () => {
  await using it = await serverWithPods();
  const collection = `${it.front.url}/apis/storage.k8s.io/v1/csinodes`;
  const headers = { "content-type": "application/vnd.kubernetes.protobuf" };
  const created = await fetch(collection, { method: "POST", headers, body: "first" });
  assert.equal(await created.text(), "first");
  assert.equal(await (await fetch(`${collection}/one`)).text(), "first");
  await (await fetch(`${collection}/one`, { method: "PUT", headers, body: "second" })).text();
  const read = await fetch(`${collection}/one`);
  assert.equal(read.headers.get("content-type"), headers["content-type"]);
  assert.equal(await read.text(), "second");
});
