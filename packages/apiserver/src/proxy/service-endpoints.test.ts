import assert from "node:assert/strict";
import { test } from "node:test";
import { EndpointSlice, type V1Endpoint } from "@dingi/api";
import { FakeClock, silentLogger, type Random } from "@dingi/base";
import { openMemoryStore } from "@dingi/store";
import { startTestServer } from "../testing/test-server.ts";
import { StoreFeed } from "../cacher/store-feed.ts";
import { ServiceEndpoints } from "./service-endpoints.ts";

const WEB = { namespace: "default", name: "web" };
const READY = { conditions: { ready: true } };

test("a Service's port is served by those that are ready, whichever slice they stand in", async () => {
  const clock = new FakeClock();
  await using store = openMemoryStore({ clock });
  await using api = await startTestServer({ shared: { clock, store } });
  const slice = (name: string, endpoints: readonly V1Endpoint[], { service = "web", port = "http" } = {}) => ({
    metadata: { namespace: "default", name, labels: service === "" ? {} : { "kubernetes.io/service-name": service } },
    addressType: "IPv4" as const,
    endpoints,
    ports: [{ name: port, port: 8080 }],
  });
  const at = (address: string, more: object = READY) => ({ addresses: [address], ...more }) as V1Endpoint;
  await api.admin.create(EndpointSlice, slice("a", [at("10.0.0.1"), at("10.0.0.2", { conditions: { ready: false } })]));
  await api.admin.create(EndpointSlice, slice("other", [at("10.0.0.8")], { service: "db" }));
  await api.admin.create(EndpointSlice, slice("nobodys", [at("10.0.0.9")], { service: "" }));
  const onFailure = (error: unknown) => assert.fail(String(error));
  const logger = silentLogger;
  await using feed = await StoreFeed.start({ store, clock, logger, kinds: [EndpointSlice as never], onFailure });
  const drawn: number[] = [];
  const random = { int: (below: number) => (drawn.push(below), below - 1) } as unknown as Random;
  const endpoints = new ServiceEndpoints(feed, random);
  const pick = (port = "http", accepts?: (endpoint: V1Endpoint) => boolean) => endpoints.pick(WEB, port, accepts)?.host;
  assert.deepEqual(endpoints.pick(WEB, "http"), { host: "10.0.0.1", port: 8080 });
  assert.deepEqual(
    [pick("https"), pick("http", ({ addresses }) => addresses![0] === "10.0.0.2")],
    [undefined, undefined],
  );
  assert.equal(endpoints.pick({ ...WEB, namespace: "other" }, "http"), undefined);
  assert.equal(endpoints.pick({ ...WEB, name: "db" }, "http")?.host, "10.0.0.8");

  drawn.length = 0;
  const b = await api.admin.create(EndpointSlice, slice("b", [at("10.0.0.3", {}), at("10.0.0.4")]));
  await feed.waitUntilFresh({ signal: new AbortController().signal });
  assert.deepEqual([pick(), drawn], ["10.0.0.4", [3]]);
  await api.admin.update(EndpointSlice, { ...b, endpoints: [at("10.0.0.5")] });
  await feed.waitUntilFresh({ signal: new AbortController().signal });
  assert.equal(pick(), "10.0.0.5");
  await api.admin.delete(EndpointSlice, { namespace: "default", name: "b" });
  await api.admin.delete(EndpointSlice, { namespace: "default", name: "a" });
  await feed.waitUntilFresh({ signal: new AbortController().signal });
  assert.equal(pick(), undefined);
});
