import assert from "node:assert/strict";
import { test } from "node:test";
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
