import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiRequest } from "@dingi/apimachinery";
import { FakeClock } from "@dingi/base";
import { openMetricsRegistry } from "@dingi/component-base";
import { parseRequestInfo } from "../routing/request-info.ts";
import { ApiServerMetrics } from "./api-server-metrics.ts";
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

/** Metrics of requests, without a server. */
async function bench() {
  const clock = new FakeClock();
  const registry = await openMetricsRegistry({ clock });
  const metrics = new ApiServerMetrics({ clock, feed: { caches: [] } as never, registry });
  const begin = (method: string, url: string) => {
    const [path = "", query = ""] = url.split("?");
    const request = { method, path, query: new URLSearchParams(query), headers: {} } as ApiRequest;
    const measurement = metrics.begin(request);
    return { ...measurement, describe: () => measurement.describe(parseRequestInfo(method, path, request.query)) };
  };
  const count = (method: string, url: string, status = 200) => {
    const { describe, end } = begin(method, url);
    describe();
    end(status);
  };
  const lines = async (name: string) => {
    const { body } = await registry.scrape();
    return body.split("\n").filter((line) => line.startsWith(`${name}{`));
  };
  return { clock, metrics, begin, count, lines };
}

const labels = (
  verb: string,
  resource: string,
  { scope = "cluster", subresource = "", group = "", version = "v1" } = {},
) =>
  `verb="${verb}",group="${group}",version="${version}",resource="${resource}",subresource="${subresource}",scope="${scope}"`;

test("requests are counted by what they do, to what, and how it went", async () => {
  const { count, lines } = await bench();
  const pods = "/api/v1/namespaces/n/pods";
  count("POST", pods, 201);
  count("GET", pods);
  count("GET", "/api/v1/pods");
  count("GET", `${pods}/p`);
  count("GET", `${pods}/p`);
  count("GET", `${pods}/p`, 500);
  count("PUT", `${pods}/p/status`);
  count("PATCH", "/apis/apps/v1/namespaces/n/deployments/d");
  count("DELETE", `${pods}/p`);
  count("DELETE", pods);
  count("GET", "/version");
  count("BREW", "/version");
  const nothing = { scope: "", version: "" };
  assert.deepEqual(
    (await lines("apiserver_request_total")).sort(),
    [
      [labels("POST", "pods", { scope: "namespace" }), 201, 1],
      [labels("LIST", "pods", { scope: "namespace" }), 200, 1],
      [labels("LIST", "pods"), 200, 1],
      [labels("GET", "pods", { scope: "resource" }), 200, 2],
      [labels("GET", "pods", { scope: "resource" }), 500, 1],
      [labels("PUT", "pods", { scope: "resource", subresource: "status" }), 200, 1],
      [labels("PATCH", "deployments", { scope: "resource", group: "apps" }), 200, 1],
      [labels("DELETE", "pods", { scope: "resource" }), 200, 1],
      [labels("DELETECOLLECTION", "pods", { scope: "namespace" }), 200, 1],
      [labels("GET", "", nothing), 200, 1],
      [labels("OTHER", "", nothing), 200, 1],
    ]
      .map(([of, code, times]) => `apiserver_request_total{${of},code="${code}"} ${times}`)
      .sort(),
  );
});

test("it is measured how long requests take, but for watches", async () => {
  const { clock, begin, lines } = await bench();
  for (const [url, seconds] of [
    ["/api/v1/pods", 3],
    ["/api/v1/pods?watch=1", 60],
  ] as const) {
    const { describe, end } = begin("GET", url);
    describe();
    await clock.advance(seconds * 1000);
    end(200);
  }
  const took = await lines("apiserver_request_duration_seconds_sum");
  assert.deepEqual(took, [`apiserver_request_duration_seconds_sum{${labels("LIST", "pods")}} 3`]);
});

test("what is refused, or of more kinds than anybody serves, is counted together", async () => {
  const { count, lines } = await bench();
  for (const status of [401, 403, 404]) count("GET", "/api/v1/made-ups", status);
  count("GET", "/api/v1/pods");
  count("GET", "/api/v1/pods", 403);
  assert.deepEqual(
    (await lines("apiserver_request_total"))
      .map((line) => [/resource="([^"]*)"/.exec(line)?.[1], /code="(\d+)"/.exec(line)?.[1]])
      .sort(),
    [
      ["", "401"],
      ["", "403"],
      ["", "404"],
      ["pods", "200"],
      ["pods", "403"],
    ],
  );
  for (let i = 0; i < 5000; i++) count("GET", `/api/v1/kind-${i}`);
  const series = (await lines("apiserver_request_total")).filter((line) => line.includes('code="200"'));
  assert.equal(series.length, 4096 - 1 + 1, "those that have one, and one for the others");
});

test("requests that are being answered are counted by whether they write", async () => {
  const { begin, lines } = await bench();
  const open = ["GET", "HEAD", "POST", "PUT", "DELETE"].map((method) => begin(method, "/api/v1/pods"));
  const inFlight = async () =>
    (await lines("apiserver_current_inflight_requests")).map((line) => line.split(/request_kind=|[}"] /).at(-1));
  assert.deepEqual(await inFlight(), ["2", "3"]);
  for (const one of open) one[Symbol.dispose]();
  assert.deepEqual(await inFlight(), ["0", "0"]);
});
