import assert from "node:assert/strict";
import { test } from "node:test";
import { boatKind } from "../testing/boat.ts";
import { startTestServer } from "../testing/test-server.ts";

test("what nobody serves is counted, and named nowhere", async () => {
  await using server = await startTestServer();
  assert.equal((await server.send({ url: "/apis/madeup.example.com/v1/madeups" })).status, 404);
  assert.equal((await server.send({ url: "/api/v1/namespaces/default/pods" })).status, 200);
  assert.equal((await server.send({ url: "/api/v1/namespaces/default/pods/missing" })).status, 404);
  const { text } = await server.send({ url: "/metrics" });
  const counted = text.split("\n").filter((line) => line.startsWith("apiserver_request_total{"));
  assert.doesNotMatch(text, /madeup/);
  assert.ok(
    counted.some((line) => line.includes('resource=""') && line.includes('code="404"')),
    text,
  );
  assert.ok(
    counted.some((line) => line.includes('resource="pods"') && line.includes('code="200"')),
    text,
  );
});

test("a kind that is not served any more is not measured, and a wait for it is no slow request", async () => {
  await using server = await startTestServer();
  const Boat = boatKind();
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const { headers } = await server.send({ url: "/apis", headers: { accept } });
  const etag = headers["etag"] as string;
  const waiting = server.send({ url: "/apis", headers: { accept, "if-none-match": etag, prefer: "wait=60" } });
  await server.server.resources.serve(Boat);
  await waiting;
  const served = (await server.send({ url: "/metrics" })).text;
  assert.match(served, /apiserver_resource_objects\{group="example.org",resource="boats"\} 0/);
  assert.match(served, /apiserver_request_total\{verb="WATCH",group="",version="",resource=""/);
  assert.doesNotMatch(served, /apiserver_request_duration_seconds_count\{verb="WATCH"/);
  await server.server.resources.remove(Boat);
  assert.doesNotMatch((await server.send({ url: "/metrics" })).text, /boats/);
});
