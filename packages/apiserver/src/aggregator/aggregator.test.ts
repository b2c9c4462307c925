import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { test } from "node:test";
import { APIService, EndpointSlice, Service, type V1APIService } from "@dingi/api";
import { customKind } from "@dingi/apimachinery";
import { settle } from "@dingi/base";
import type { NewObject } from "@dingi/client";
import { RemoteServer } from "../testing/remote-server.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import { boatKind } from "../testing/boat.ts";
import { peerOf } from "../testing/peer.ts";

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const NAME = { namespace: "", name: "v1.remote.example" };
const ROOT = "/apis/remote.example/v1";
const RESOURCES = {
  kind: "APIResourceList",
  groupVersion: "remote.example/v1",
  resources: [
    { name: "ships", singularName: "ship", namespaced: true, kind: "Ship", verbs: ["get", "list", "watch"] },
    { name: "ships/status", singularName: "", namespaced: true, kind: "Ship", verbs: ["get"] },
  ],
};

/** Real connections are made here, which take their time. */
async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let turn = 0; turn < 20_000; turn++) {
    const found = await look();
    if (found) return found;
    await settle();
  }
  throw new Error("It never became so");
}

async function serve() {
  const remote = await RemoteServer.start();
  remote.answer = ({ url }, response) => {
    if (url === "/apis") return void response.writeHead(404).end();
    response.setHeader("content-type", "application/json");
    response.end(url === ROOT ? JSON.stringify(RESOURCES) : '{"kind":"Ship"}');
  };
  const api = await startTestServer({ dialer: remote.dialer, frontProxyClient: remote.frontProxyClient });
  const end = async () => {
    await api[Symbol.asyncDispose]();
    await remote[Symbol.asyncDispose]();
  };
  return { api, remote, [Symbol.asyncDispose]: end };
}

const registration = (caBundle: string, more: Partial<V1APIService["spec"]> = {}): NewObject<V1APIService> => ({
  metadata: { name: NAME.name },
  spec: {
    group: "remote.example",
    version: "v1",
    service: { namespace: "default", name: "remote", port: 443 },
    caBundle,
    groupPriorityMinimum: 17_780,
    versionPriority: 15,
    ...more,
  },
});

async function createBackend({ admin }: TestServer): Promise<void> {
  const ports = [{ name: "https", port: 443, protocol: "TCP", targetPort: 8443 }];
  await admin.create(Service, { metadata: { namespace: "default", name: "remote" }, spec: { ports } });
  await admin.create(EndpointSlice, {
    metadata: { namespace: "default", name: "remote", labels: { "kubernetes.io/service-name": "remote" } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.244.0.9"], conditions: { ready: true } }],
    ports: [{ name: "https", port: 8443 }],
  });
}

const reasonOf = async ({ admin }: TestServer): Promise<string | undefined> =>
  (await admin.get(APIService, NAME)).status.conditions?.[0]?.reason;

/** Registered, and found to be there. */
async function register({ api, remote }: { api: TestServer; remote: RemoteServer }): Promise<void> {
  await createBackend(api);
  await api.admin.create(APIService, registration(remote.caBundle));
  await until(async () => (await reasonOf(api)) === "Passed");
  await until(async () => (await read(api, "/apis/remote.example")).status === 200);
  remote.asked.length = 0;
}

/** Beside what it is looked at for. */
const shipsAsked = ({ asked }: RemoteServer) => asked.filter(({ url }) => url.includes("/ships"));

const read = (api: TestServer, url: string, headers: Record<string, string> = {}) => api.send({ url, headers });

test("an APIService says whether its server can be reached, as soon as that changes", async () => {
  await using both = await serve();
  const { api, remote } = both;
  await api.admin.create(APIService, registration(remote.caBundle));
  await until(async () => (await reasonOf(api)) === "ServiceNotFound");
  const answer = await read(api, `${ROOT}/ships`);
  assert.deepEqual([answer.status, answer.text], [503, "service unavailable\n"]);
  await createBackend(api);
  await until(async () => (await reasonOf(api)) === "Passed");
  const [check] = remote.asked;
  assert.deepEqual([check?.url, check?.peer], [ROOT, "front-proxy-client"]);
  assert.deepEqual(
    [check?.headers["x-remote-user"], check?.headers["x-remote-group"]],
    ["system:kube-aggregator", "system:masters"],
  );
  await api.admin.delete(EndpointSlice, { namespace: "default", name: "remote" });
  await until(async () => (await reasonOf(api)) === "EndpointsNotFound");
});

test("a server that answers badly, or is another one, is told of, and asked again", async () => {
  await using both = await serve();
  const { api, remote } = both;
  await createBackend(api);
  remote.answer = (_request, response) => void response.writeHead(403).end();
  await api.admin.create(APIService, registration(remote.caBundle));
  await until(async () => (await reasonOf(api)) === "FailedDiscoveryCheck");
  const url = "https://10.244.0.9:8443/apis/remote.example/v1";
  const message = async () => (await api.admin.get(APIService, NAME)).status.conditions?.[0]?.message;
  assert.equal(await message(), `failing or missing response from ${url}: bad status from ${url}: 403`);
  remote.answer = (_request, response) => response.end(JSON.stringify(RESOURCES));
  await until(async () => {
    await api.clock.advance(1000);
    return (await reasonOf(api)) === "Passed";
  });
  const { metadata, spec } = await api.admin.get(APIService, NAME);
  const { caBundle: _, ...trusting } = spec;
  await api.admin.update(APIService, { metadata, spec: trusting, status: {} });
  await until(async () => (await reasonOf(api)) === "FailedDiscoveryCheck");
  assert.match(
    (await message()) ?? "",
    /: tls: failed to verify certificate: x509: certificate signed by unknown authority$/,
  );
  const patch = { spec: { insecureSkipTLSVerify: true } };
  await api.admin.patch(APIService, NAME, patch, { type: "merge" });
  await until(async () => (await reasonOf(api)) === "Passed");
});

test("a request goes on in the name of who asks, whatever he says of himself", async () => {
  await using both = await serve();
  const { api, remote } = both;
  await register(both);
  const spoofed = {
    authorization: "Bearer secret",
    "x-remote-user": "somebody",
    "x-remote-group": "system:masters",
    "x-remote-uid": "1",
    "x-remote-extra-scopes": "all",
    "impersonate-user": "",
    accept: "application/json",
  };
  const { "impersonate-user": _, ...headers } = spoofed;
  const user = { name: "jane", groups: ["sailors", "system:masters"] };
  const body = { kind: "Ship", metadata: { name: "a" } };
  const url = `${ROOT}/namespaces/default/ships?dryRun=All&x=a%20b`;
  const answer = await api.send({ method: "POST", url, headers, body, user });
  assert.deepEqual([answer.status, answer.text], [200, '{"kind":"Ship"}']);
  const asked = remote.asked.find(({ method }) => method === "POST");
  assert.deepEqual(
    [asked?.method, asked?.url, asked?.peer],
    ["POST", `${ROOT}/namespaces/default/ships?dryRun=All&x=a+b`, "front-proxy-client"],
  );
  assert.deepEqual(JSON.parse(asked?.body ?? ""), body);
  const told = Object.entries(asked?.headers ?? {}).filter(
    ([name]) => name.startsWith("x-") || name === "authorization",
  );
  assert.deepEqual(Object.fromEntries(told), {
    "x-forwarded-for": "192.0.2.9",
    "x-remote-user": "jane",
    "x-remote-group": "sailors, system:masters, system:authenticated",
    "x-remote-extra-authentication.kubernetes.io%2fcredential-id": "X509SHA256=00",
  });
});

test("who may not ask here does not get there", async () => {
  await using both = await serve();
  await register(both);
  const answer = await both.api.send({ url: `${ROOT}/ships`, user: { name: "nobody", groups: [] } });
  assert.equal(answer.status, 403);
  assert.deepEqual(shipsAsked(both.remote), []);
});

test("names that would be others for the server behind are refused", async () => {
  await using both = await serve();
  await register(both);
  for (const name of ["a%2Fstatus", "..", "%2E%2E", "."])
    assert.equal((await read(both.api, `${ROOT}/namespaces/default/ships/${name}`)).status, 400, name);
  assert.deepEqual(shipsAsked(both.remote), []);
});

test("status, headers and body come back as they are, and redirects do not (CVE-2022-3172)", async () => {
  await using both = await serve();
  const { api, remote } = both;
  await register(both);
  remote.answer = (_request, response) => {
    response.writeHead(418, { "content-type": "text/tea", warning: '299 - "hot"' });
    response.end("short and stout");
  };
  const answer = await read(api, `${ROOT}/ships`);
  assert.deepEqual([answer.status, answer.headers["content-type"], answer.text], [418, "text/tea", "short and stout"]);
  assert.equal(answer.headers["warning"], '299 - "hot"');
  remote.answer = (_request, response) => void response.writeHead(302, { location: "https://evil.example/" }).end();
  const redirected = await read(api, `${ROOT}/ships`);
  assert.deepEqual(
    [redirected.status, redirected.text],
    [502, "the backend attempted to redirect this request, which is not permitted"],
  );
  assert.equal(redirected.headers["location"], undefined);
});

test("clients of this process read objects and watch them", async () => {
  await using both = await serve();
  const { api, remote } = both;
  await register(both);
  const Ship = customKind({ apiVersion: "remote.example/v1", kind: "Ship", plural: "ships", scope: "Namespaced" });
  remote.answer = ({ url }, response) => {
    if (!url.includes("watch=true"))
      return void response.end('{"kind":"ShipList","metadata":{},"items":[{"metadata":{"name":"a"}}]}');
    response.write('{"type":"ADDED","object":{"metadata":{"name":"b"}}}\n');
    response.end('{"type":"DELETED","object":{"metadata":{"name":"b"}}}\n');
  };
  const { items } = await api.admin.list(Ship, { namespace: "default" });
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ["a"],
  );
  const told: string[] = [];
  for await (const events of api.admin.watch(Ship))
    told.push(...events.map(({ type, object }) => `${type} ${object.metadata.name}`));
  assert.deepEqual(told, ["ADDED b", "DELETED b"]);
  remote.answer = (_request, response) => {
    response.writeHead(404, { "content-type": "application/json" });
    response.end('{"kind":"Status","status":"Failure","message":"no such ship","reason":"NotFound","code":404}');
  };
  await assert.rejects(api.admin.get(Ship, { namespace: "default", name: "c" }), {
    message: "no such ship",
    code: 404,
  });
});

interface Group {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly { readonly version: string; readonly freshness: string; readonly resources?: object[] }[];
}

async function discovered(api: TestServer): Promise<readonly Group[]> {
  return (JSON.parse((await read(api, "/apis", { accept: AGGREGATED })).text) as { items: Group[] }).items;
}

test("discovery tells of it among the others, and of what it last had when it is away", async () => {
  await using both = await serve();
  const { api, remote } = both;
  await register(both);
  const find = async () => (await discovered(api)).find(({ metadata }) => metadata.name === "remote.example");
  const { versions } = await until(async () => {
    const found = await find();
    return found?.versions[0]?.freshness === "Current" ? found : undefined;
  });
  assert.deepEqual(versions, [
    {
      version: "v1",
      resources: [
        {
          responseKind: { group: "", version: "", kind: "Ship" },
          verbs: ["get", "list", "watch"],
          resource: "ships",
          singularResource: "ship",
          scope: "Namespaced",
          subresources: [
            { subresource: "status", responseKind: { group: "", version: "", kind: "Ship" }, verbs: ["get"] },
          ],
        },
      ],
      freshness: "Current",
    },
  ]);
  const names = (await discovered(api)).map(({ metadata }) => metadata.name);
  assert.deepEqual(names.slice(0, 4), ["apiregistration.k8s.io", "apps", "remote.example", "events.k8s.io"]);
  const { groups } = JSON.parse((await read(api, "/apis")).text) as { groups: { name: string }[] };
  assert.deepEqual(
    groups.map(({ name }) => name),
    names,
  );
  assert.equal(JSON.parse((await read(api, ROOT)).text).resources.length, 2);
  await api.admin.delete(EndpointSlice, { namespace: "default", name: "remote" });
  const stale = await until(async () => {
    const found = await find();
    return found?.versions[0]?.freshness === "Stale" ? found : undefined;
  });
  assert.equal(stale.versions[0]?.resources?.length, 1);
  remote.asked.length = 0;
  await api.admin.delete(APIService, NAME);
  await until(async () => !(await find()));
  assert.equal((await read(api, "/apis/remote.example")).status, 404);
});

test("a client that waits for another discovery is told when another server's comes", async () => {
  await using both = await serve();
  const { api } = both;
  const { headers } = await read(api, "/apis", { accept: AGGREGATED });
  const waiting = read(api, "/apis", {
    accept: AGGREGATED,
    "if-none-match": String(headers["etag"]),
    prefer: "wait=60",
  });
  await createBackend(api);
  await api.admin.create(APIService, registration(both.remote.caBundle));
  const { status, text } = await waiting;
  assert.equal(status, 200);
  assert.match(text, /"name":"remote.example"/);
});

test("its schemas are among the others", async () => {
  await using both = await serve();
  const { api, remote } = both;
  await register(both);
  const ship = { type: "object", properties: { mast: { $ref: "#/definitions/example.Mast" } } };
  const swagger = {
    paths: { [`${ROOT}/ships`]: { get: { schema: { $ref: "#/definitions/example.Ship" } } }, "/apis/other/v1/x": {} },
    definitions: { "example.Ship": ship, "example.Mast": { type: "string" }, "example.Unused": {} },
  };
  remote.answer = ({ url }, response) =>
    void response.end(JSON.stringify(url === "/openapi/v2" ? swagger : { openapi: "3.0.0", paths: { [url]: {} } }));
  const { paths } = JSON.parse((await read(api, "/openapi/v3")).text) as {
    paths: Record<string, { serverRelativeURL: string }>;
  };
  const url = paths["apis/remote.example/v1"]!.serverRelativeURL;
  const document = await read(api, url);
  assert.deepEqual(
    [document.status, document.text],
    [200, '{"openapi":"3.0.0","paths":{"/openapi/v3/apis/remote.example/v1":{}}}'],
  );
  assert.equal(document.headers["cache-control"], "public, immutable");
  const merged = JSON.parse((await read(api, "/openapi/v2")).text) as {
    paths: Record<string, unknown>;
    definitions: Record<string, unknown>;
  };
  assert.ok(merged.paths[`${ROOT}/ships`] && merged.paths["/api/v1/pods"]);
  assert.equal(merged.paths["/apis/other/v1/x"], undefined);
  assert.deepEqual(
    [merged.definitions["example.Ship"], merged.definitions["example.Mast"]],
    [ship, { type: "string" }],
  );
  assert.equal(merged.definitions["example.Unused"], undefined);
});

test("a server that speaks nonsense spoils nobody else's schemas or discovery", async () => {
  await using both = await serve();
  const { api, remote } = both;
  await register(both);
  remote.answer = (_request, response) => response.end("<html>");
  assert.equal((await read(api, "/openapi/v2")).status, 200);
  assert.equal((await read(api, "/openapi/v3")).status, 200);
  await api.clock.advance(61_000);
  await until(async () => {
    const found = (await discovered(api)).find(({ metadata }) => metadata.name === "remote.example");
    return found?.versions[0]?.freshness === "Stale";
  });
  assert.ok((await discovered(api)).length > 10);
});

test("kinds that come and go have an APIService as long as they are there", async () => {
  await using both = await serve();
  const { api } = both;
  const key = { namespace: "", name: "v1.example.org" };
  const Boat = boatKind();
  await api.server.resources.serve(Boat);
  const found = await until(() => api.admin.get(APIService, key).catch(() => undefined));
  assert.deepEqual(found.spec, {
    group: "example.org",
    version: "v1",
    groupPriorityMinimum: 1000,
    versionPriority: 100,
  });
  assert.deepEqual(found.metadata.labels, { "kube-aggregator.kubernetes.io/automanaged": "true" });
  assert.equal(found.status.conditions?.[0]?.reason, "Local");
  await api.server.resources.remove(Boat);
  await until(() =>
    api.admin.get(APIService, key).then(
      () => false,
      () => true,
    ),
  );
  assert.ok(await api.admin.get(APIService, { namespace: "", name: "v1.apps" }));
});

test("resource metrics are served here until another server is registered for them", async () => {
  await using both = await serve();
  const { api, remote } = both;
  const readNode = () => Promise.reject(new Error("There are no nodes"));
  await using own = await startTestServer({
    dialer: remote.dialer,
    frontProxyClient: remote.frontProxyClient,
    resourceMetrics: { readNode },
  });
  const key = { namespace: "", name: "v1beta1.metrics.k8s.io" };
  const path = "/apis/metrics.k8s.io/v1beta1";
  const here = await read(own, path);
  assert.match(here.text, /"NodeMetrics"/);
  await createBackend(own);
  const service = { namespace: "default", name: "remote", port: 443 };
  remote.answer = ({ url }, response) => void response.end(JSON.stringify({ from: url }));
  await own.admin.patch(APIService, key, { spec: { service, caBundle: remote.caBundle } }, { type: "merge" });
  await until(async () => (await read(own, path)).text === JSON.stringify({ from: path }));
  await own.admin.patch(APIService, key, { spec: { service: null, caBundle: null } }, { type: "merge" });
  assert.equal((await read(own, path)).text, here.text);
  assert.equal((await read(api, path)).status, 404);
});

test("an upgraded connection leads through to the server behind", async () => {
  await using both = await serve();
  const { api, remote } = both;
  await register(both);
  remote.upgrade = (socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: tea\r\nconnection: Upgrade\r\n\r\nhello ");
    socket.on("data", (piece: Buffer) => socket.end(piece.toString().toUpperCase()));
  };
  const [client, ours] = duplexPair();
  const said: string[] = [];
  client.on("data", (piece: Buffer) => said.push(piece.toString()));
  const answer = await api.server.handler.handle({
    method: "POST",
    path: `${ROOT}/namespaces/default/ships/a/pour`,
    query: new URLSearchParams("cups=2"),
    headers: { upgrade: "tea", connection: "Upgrade" },
    peer: peerOf({ name: "jane", groups: ["system:masters"] }, api.clock.now() + 1),
    signal: new AbortController().signal,
    upgrade: () => ours,
  });
  assert.equal(answer.upgraded, true);
  client.write("more");
  await until(() => said.join("").endsWith("hello MORE"));
  const asked = remote.asked.find(({ url }) => url.includes("pour"));
  assert.deepEqual(
    [asked?.url, asked?.peer, asked?.headers["x-remote-user"]],
    [`${ROOT}/namespaces/default/ships/a/pour?cups=2`, "front-proxy-client", "jane"],
  );
});
