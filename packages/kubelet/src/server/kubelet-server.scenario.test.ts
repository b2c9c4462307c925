import assert from "node:assert/strict";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { Pod, type V1SubjectAccessReview } from "@dingi/api";
import { seededRandom, settle, silentLogger } from "@dingi/base";
import type { Client } from "@dingi/client";
import { createCertificateAuthority } from "@dingi/component-base";
import { TestCluster } from "@dingi/testing";
import { KubeletServer } from "./kubelet-server.ts";

const validity = { notBefore: Date.parse("2020-01-01T00:00:00Z"), notAfter: Date.parse("2120-01-01T00:00:00Z") };

/** The server of a node with a pod that says "one" and "two", and is then idle. */
async function start(script = "echo one; echo two; sleep 100000") {
  const cluster = await TestCluster.start({ nodes: 1, controllers: [], parts: ["controllers"] });
  const [node] = cluster.nodes;
  const containers = [{ name: "main", image: "registry.example/app:1", command: ["sh", "-c", script] }];
  await cluster.admin.create(Pod, {
    metadata: { namespace: "default", name: "web" },
    spec: { containers, nodeName: node!.name },
  });
  const statusOf = async () =>
    (await cluster.admin.get(Pod, { namespace: "default", name: "web" })).status.containerStatuses?.[0];
  await cluster.eventually(async () => (await statusOf())?.state?.running);
  const ca = await createCertificateAuthority({ commonName: "test", random: seededRandom(1), ...validity });
  const usages = ["server auth", "client auth"] as const;
  const { certificatePem: cert, keyPem: key } = ca.issue({
    subject: { commonName: "localhost", organizations: ["team"] },
    usages,
    ...validity,
  });
  const reviews: unknown[] = [];
  const answers = { allowed: true };
  const review = (_kind: unknown, { spec }: V1SubjectAccessReview) => {
    reviews.push(spec);
    return Promise.resolve({ status: { allowed: answers.allowed } });
  };
  const server = new KubeletServer({
    kubelet: node!.kubelet,
    client: { review } as unknown as Client,
    clock: cluster.clock,
    logger: silentLogger,
    nodeName: node!.name,
    cert,
    key,
    clientCa: ca.certificatePem,
  });
  const { port } = await server.listen("127.0.0.1", 0);
  const ask = async (path: string, { known = true, method = "GET" } = {}) => {
    const identity = known ? { cert, key } : {};
    const asked = request({
      host: "127.0.0.1",
      port,
      path,
      method,
      rejectUnauthorized: false,
      agent: false,
      ...identity,
    });
    asked.end();
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    return { status: answer.statusCode, type: answer.headers["content-type"], body: await text(answer) };
  };
  const dispose = async () => {
    await server[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  };
  return { cluster, ask, reviews, answers, statusOf, [Symbol.asyncDispose]: dispose };
}

const messageOf = (body: string) => JSON.parse(body) as { message: string; reason: string; code: number };

test("a container's log is told, or the part of it that is asked for", async () => {
  await using room = await start();
  const log = "/containerLogs/default/web/main";
  assert.deepEqual(await room.ask(log), { status: 200, type: "text/plain", body: "one\ntwo\n" });
  assert.equal((await room.ask(`${log}?tailLines=1`)).body, "two\n");
  assert.equal((await room.ask(`${log}?limitBytes=3`)).body, "one");
});

test("a log that is not there is said to be missing, and why", async () => {
  await using room = await start();
  const refusal = async (path: string) => {
    const { status, body } = await room.ask(path);
    const { message, reason, code } = messageOf(body);
    assert.equal(code, status);
    return `${code} ${reason}: ${message}`;
  };
  assert.equal(
    await refusal("/containerLogs/default/gone/main"),
    '404 NotFound: pod "gone" does not exist in namespace "default" on this node',
  );
  assert.equal(
    await refusal("/containerLogs/other/web/main"),
    '404 NotFound: pod "web" does not exist in namespace "other" on this node',
  );
  assert.equal(
    await refusal("/containerLogs/default/web/gone"),
    '400 BadRequest: container "gone" in pod "web" is waiting to start: ContainerCreating',
  );
  assert.equal(
    await refusal("/containerLogs/default/web/main?previous=true"),
    '400 BadRequest: previous terminated container "main" in pod "web" not found',
  );
});

test("the log of a container's last run is kept until the next one ends", async () => {
  await using room = await start('echo "run"; sleep 2; exit 1');
  await room.cluster.eventually(async () => ((await room.statusOf())?.restartCount ?? 0) === 1);
  await room.cluster.eventually(async () => (await room.statusOf())?.state?.running);
  const previous = await room.ask("/containerLogs/default/web/main?previous=true");
  assert.deepEqual([previous.status, previous.body], [200, "run\n"]);
});

test("a log that is followed ends with its container", async () => {
  await using room = await start("echo one; sleep 5; echo two");
  const following = room.ask("/containerLogs/default/web/main?follow=true");
  let answer: Awaited<typeof following> | undefined;
  void following.then((found) => (answer = found));
  for (let second = 0; second < 60 && !answer; second++) {
    await room.cluster.pass(1000);
    await settle();
  }
  assert.equal((await following).body, "one\ntwo\n");
});

test("the pods of the node, and what they use", async () => {
  await using room = await start();
  const pods = await room.ask("/pods");
  assert.equal(pods.type, "application/json");
  const { kind, items } = JSON.parse(pods.body) as { kind: string; items: { metadata: { name: string } }[] };
  assert.deepEqual([kind, items.map(({ metadata }) => metadata.name)], ["PodList", ["web"]]);
  const summary = JSON.parse((await room.ask("/stats/summary")).body) as {
    node: { nodeName: string };
    pods: unknown[];
  };
  assert.deepEqual([summary.node.nodeName, summary.pods.length], ["node-1", 1]);
  assert.match((await room.ask("/metrics/resource")).body, /^container_cpu_usage_seconds_total\{.*pod="web"/m);
  assert.deepEqual(await room.ask("/healthz"), { status: 200, type: "text/plain; charset=utf-8", body: "ok" });
  for (const path of ["/nothing", "/metrics", "/stats/other", "/stats/summary/more"])
    assert.equal((await room.ask(path)).status, 404, path);
});

test("who has no certificate, or may not, learns nothing but that the node is well", async () => {
  await using room = await start();
  assert.equal((await room.ask("/healthz", { known: false })).body, "ok");
  const stranger = await room.ask("/pods", { known: false });
  assert.deepEqual([stranger.status, messageOf(stranger.body).reason], [401, "Unauthorized"]);
  room.answers.allowed = false;
  const refused = await room.ask("/pods");
  assert.equal(refused.status, 403);
  assert.equal(
    messageOf(refused.body).message,
    "Forbidden (user=localhost, verb=GET, resource=nodes, subresource=proxy)",
  );
});

test("who may do what is asked once for a while, longer where it was granted", async () => {
  await using room = await start();
  await room.ask("/pods");
  await room.ask("/stats/summary");
  await room.ask("/pods", { method: "DELETE" });
  await room.ask("/containerLogs/default/web/main");
  const resource = { version: "v1", resource: "nodes", name: "node-1" };
  const groups = ["team", "system:authenticated"];
  assert.deepEqual(
    room.reviews,
    [
      { verb: "get", subresource: "pods" },
      { verb: "get", subresource: "stats" },
      { verb: "delete", subresource: "pods" },
      { verb: "get", subresource: "proxy" },
    ].map((attributes) => ({ user: "localhost", groups, resourceAttributes: { ...resource, ...attributes } })),
  );
  const again = async (ms: number) => {
    await room.cluster.pass(ms);
    room.reviews.length = 0;
    await room.ask("/pods");
    return room.reviews.length;
  };
  assert.deepEqual([await again(299_000), await again(2000)], [0, 1]);
  room.answers.allowed = false;
  assert.deepEqual([await again(301_000), await again(29_000), await again(2000)], [1, 0, 1]);
});
