import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { StoreFeed } from "../cacher/store-feed.ts";
import { ServiceEndpoints } from "../proxy/service-endpoints.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import { EndpointSlice, Service } from "@dingi/api";
import { seededRandom, silentLogger } from "@dingi/base";
import type { AnyKind } from "@dingi/apimachinery";
import { serviceResolver, type ServiceResolver } from "./service-resolver.ts";

const PORTS = [{ name: "https", port: 443, targetPort: 8443 }];

describe("Where a Service is reached from the API server", () => {
  let api: TestServer;
  let feed: StoreFeed;
  let resolve: ServiceResolver;

  before(async () => {
    api = await startTestServer();
    const { store, clock } = api;
    const kinds = [Service, EndpointSlice] as unknown as AnyKind[];
    feed = await StoreFeed.start({ store, clock, logger: silentLogger, kinds, onFailure: assert.ifError });
    resolve = serviceResolver(feed, new ServiceEndpoints(feed, seededRandom(1)));
    await create("services", "api/v1", service("hook", { ports: PORTS }));
    await create("services", "api/v1", service("headless", { ports: PORTS, clusterIP: "None" }));
    await create("services", "api/v1", service("else", { type: "ExternalName", externalName: "hooks.test" }));
    await create("services", "api/v1", service("lonely", { ports: PORTS }));
  });
  after(async () => {
    await feed[Symbol.asyncDispose]();
    await api[Symbol.asyncDispose]();
  });

  const service = (name: string, spec: object) => ({ apiVersion: "v1", kind: "Service", metadata: { name }, spec });

  function slice(name: string, of: string, addresses: readonly { readonly ip: string; readonly ready?: boolean }[]) {
    return {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name, labels: { "kubernetes.io/service-name": of } },
      addressType: "IPv4",
      ports: [
        { name: "metrics", port: 9090, protocol: "TCP" },
        { name: "https", port: 8443, protocol: "TCP" },
      ],
      endpoints: addresses.map(({ ip, ready = true }) => ({ addresses: [ip], conditions: { ready } })),
    };
  }

  async function send(method: string, url: string, body: object): Promise<void> {
    const { status, text } = await api.send({ method, url, body, headers: { "content-type": "application/json" } });
    assert.ok(status < 300, text);
    await feed.waitUntilFresh();
  }
  const create = (plural: string, group: string, body: object) =>
    send("POST", `/${group}/namespaces/default/${plural}`, body);
  const createSlice = (...of: Parameters<typeof slice>) =>
    create("endpointslices", "apis/discovery.k8s.io/v1", slice(...of));

  const addresses = (name: string): Set<string> => {
    const found = Array.from({ length: 60 }, () => resolve({ namespace: "default", name, port: 443 }));
    return new Set(found.map(({ host, port }) => `${host}:${port}`));
  };

  test("at any of its endpoints that is ready, with or without a cluster IP, as they come and go", async () => {
    await createSlice("a", "hook", [{ ip: "10.0.0.1" }, { ip: "10.0.0.2", ready: false }]);
    await createSlice("b", "hook", [{ ip: "10.0.0.3" }]);
    await createSlice("c", "headless", [{ ip: "10.0.0.4" }]);
    assert.deepEqual(addresses("hook"), new Set(["10.0.0.1:8443", "10.0.0.3:8443"]));
    assert.deepEqual(addresses("headless"), new Set(["10.0.0.4:8443"]));
    const url = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
    await send("PUT", `${url}/a`, slice("a", "headless", [{ ip: "10.0.0.1" }]));
    assert.deepEqual(addresses("hook"), new Set(["10.0.0.3:8443"]));
    await send("DELETE", `${url}/b`, {});
    assert.throws(() => addresses("hook"), /^StatusError: no endpoints available for service "hook"$/);
    assert.deepEqual(addresses("headless"), new Set(["10.0.0.4:8443", "10.0.0.1:8443"]));
  });

  test("at the name that it stands for", () => {
    assert.deepEqual(resolve({ namespace: "default", name: "else", port: 8443 }), { host: "hooks.test", port: 8443 });
  });

  for (const [name, port, message] of [
    ["none", 443, 'service "none" not found'],
    ["hook", 444, 'no service port 444 found for service "hook"'],
    ["lonely", 443, 'no endpoints available for service "lonely"'],
  ] as const)
    test(`nowhere, since there is ${message}`, () => {
      assert.throws(() => resolve({ namespace: "default", name, port }), { message });
    });
});
