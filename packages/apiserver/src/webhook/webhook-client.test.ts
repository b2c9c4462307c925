import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { test } from "node:test";
import { newNotFound, StatusError, type Dialer } from "@dingi/apimachinery";
import { FakeClock, settle } from "@dingi/base";
import { startWebhookServer, type Answerer, type WebhookServer } from "../testing/webhook-server.ts";
import type { ServiceResolver } from "./service-resolver.ts";
import { WebhookClient, type WebhookCall } from "./webhook-client.ts";
import { WebhookCallError, WebhookConfigError } from "./webhook-config.ts";

const SERVICE = { namespace: "default", name: "hook", path: "/a//b/" };
const POD = { host: "10.0.0.5", port: 8443 };
const URL_TOLD = "https://hook.default.svc:443/a/b?timeout=10s";
const OK: Answerer = (_request, response) => response.end("{}");

interface Setup {
  readonly server: WebhookServer;
  readonly clock?: FakeClock;
  readonly resolve?: ServiceResolver;
  readonly dialer?: Dialer;
}

function clientOf({ server, clock = new FakeClock(), resolve = () => POD, dialer = server.dialer }: Setup) {
  const client = new WebhookClient({ clock, dialer, resolve });
  const post = async (call: Partial<WebhookCall> = {}): Promise<string> => {
    const config = { service: SERVICE, caBundle: server.caBundle };
    const body = { asked: true };
    const signal = new AbortController().signal;
    return Buffer.from(await client.post({ config, body, signal, timeoutMs: 10_000, ...call })).toString();
  };
  return { client, post, [Symbol.dispose]: () => client[Symbol.dispose]() };
}

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  return await promise.then(
    () => assert.fail("nothing was thrown"),
    (error: unknown) => error as Error,
  );
}

test("a webhook behind a Service is asked by the Service's name at one of its addresses", async () => {
  await using server = await startWebhookServer((request, response) => response.end(JSON.stringify(request.body)));
  using client = clientOf({ server });
  assert.equal(await client.post({ timeoutMs: 9001 }), '{"asked":true}');
  const [{ url, headers }] = server.requests as [(typeof server.requests)[0]];
  assert.equal(url, "/a/b?timeout=10s");
  assert.equal(headers.host, "hook.default.svc:443");
  assert.equal(headers["content-type"], "application/json");
  assert.deepEqual(server.dialled, ["10.0.0.5:8443"]);
});

test("a webhook at a URL is asked there, by its name or its address", async () => {
  const names = { dnsNames: ["hooks.test"], ipAddresses: ["192.0.2.7"] };
  await using server = await startWebhookServer(OK, names);
  using client = clientOf({ server });
  const { caBundle } = server;
  for (const url of ["https://hooks.test/x", "https://hooks.test:8443", "https://192.0.2.7:9443/"])
    await client.post({ config: { url, caBundle } });
  assert.deepEqual(server.dialled, ["hooks.test:443", "hooks.test:8443", "192.0.2.7:9443"]);
  assert.deepEqual(
    server.requests.map(({ url, headers }) => `${headers.host}${url}`),
    ["hooks.test/x?timeout=10s", "hooks.test:8443/?timeout=10s", "192.0.2.7:9443/?timeout=10s"],
  );
});

test("calls one after another share a connection, to each address its own", async () => {
  await using server = await startWebhookServer(OK);
  const pods = ["10.0.0.5", "10.0.0.6", "10.0.0.5", "10.0.0.6"];
  let next = 0;
  using client = clientOf({ server, resolve: () => ({ host: pods[next++]!, port: 8443 }) });
  for (const _ of pods) await client.post();
  assert.deepEqual(server.dialled, ["10.0.0.5:8443", "10.0.0.6:8443"]);
});

test("a connection is not shared by those who trust others", async () => {
  await using server = await startWebhookServer(OK);
  await using other = await startWebhookServer(OK, { seed: 2 });
  using client = clientOf({ server });
  await client.post();
  const { message } = await errorOf(client.post({ config: { service: SERVICE, caBundle: other.caBundle } }));
  const cause = "tls: failed to verify certificate: x509: certificate signed by unknown authority";
  assert.equal(message, `Post "${URL_TOLD}": ${cause}`);
});

test("a kept connection that the webhook has closed is followed by another", async () => {
  let calls = 0;
  await using server = await startWebhookServer((_request, response) => {
    if (++calls === 2) response.socket!.destroy();
    else response.end("{}");
  });
  using client = clientOf({ server });
  await client.post();
  assert.equal(await client.post(), "{}");
  assert.equal(server.dialled.length, 2);
});

test("one slow webhook keeps nobody else waiting", async () => {
  await using server = await startWebhookServer(({ url }, response) => {
    if (!url.startsWith("/slow")) response.end("{}");
  });
  using client = clientOf({ server });
  const left = new AbortController();
  const config = { service: { ...SERVICE, path: "/slow" }, caBundle: server.caBundle };
  const slow = Array.from({ length: 40 }, () => errorOf(client.post({ config, signal: left.signal })));
  assert.equal(await client.post(), "{}");
  left.abort(new Error("given up"));
  for (const error of await Promise.all(slow)) assert.equal(error.message, "given up");
});

test("who does not answer in time has failed", async () => {
  const clock = new FakeClock();
  const asked = Promise.withResolvers<void>();
  await using server = await startWebhookServer(() => asked.resolve());
  using client = clientOf({ server, clock });
  const failing = errorOf(client.post());
  await asked.promise;
  await clock.advance(9_999);
  assert.equal(clock.pending, 1);
  await clock.advance(1);
  const error = await failing;
  assert.ok(error instanceof WebhookCallError);
  assert.equal(error.message, `Post "${URL_TOLD}": context deadline exceeded`);
  assert.equal(clock.pending, 0);
});

test("who begins to answer and does not end has failed as well", async () => {
  const clock = new FakeClock();
  const asked = Promise.withResolvers<void>();
  await using server = await startWebhookServer((_request, response) => {
    response.write("{");
    response.socket!.once("drain", asked.resolve);
    asked.resolve();
  });
  using client = clientOf({ server, clock });
  const failing = errorOf(client.post());
  await asked.promise;
  await clock.advance(10_000);
  assert.match((await failing).message, /context deadline exceeded$/);
});

test("a call for somebody who has gone is given up with his reason", async () => {
  const left = new AbortController();
  await using server = await startWebhookServer(() => left.abort(new Error("gone")));
  using client = clientOf({ server });
  assert.equal((await errorOf(client.post({ signal: left.signal }))).message, "gone");
  assert.equal((await errorOf(client.post({ signal: left.signal }))).message, "gone");
  assert.equal(server.requests.length, 1);
});

test("nobody is sent elsewhere (CVE-2020-8561)", async () => {
  await using server = await startWebhookServer((_request, response) =>
    response.writeHead(307, { location: "https://169.254.169.254/" }).end(),
  );
  using client = clientOf({ server });
  const { message } = await errorOf(client.post());
  assert.equal(message, `Post "${URL_TOLD}": redirected to "https://169.254.169.254/", which is not followed`);
  assert.equal(server.dialled.length, 1);
});

test("an answer without an end is read to its limit", async () => {
  await using server = await startWebhookServer((_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write("x".repeat(65_536)));
    };
    response.on("drain", more);
    more();
  });
  using client = clientOf({ server });
  const { message } = await errorOf(client.post({ maxAnswerBytes: 100_000 }));
  assert.equal(message, `Post "${URL_TOLD}": the answer is larger than 100000 bytes`);
});

for (const [what, answer, message] of [
  ["hangs up", (_request, response) => void response.socket!.destroy(), `Post "${URL_TOLD}": EOF`],
  [
    "says nothing",
    (_request, response) => response.setHeader("content-type", "text/x").end(),
    "0-length response with status code: 200 and content type: text/x",
  ],
  [
    "fails in words",
    (_request, response) => response.writeHead(500, { "content-type": "text/plain" }).end(" broken \n"),
    'an error on the server ("broken") has prevented the request from succeeding',
  ],
  [
    "fails in JSON",
    (_request, response) => response.writeHead(500, { "content-type": "application/json" }).end("{}"),
    'an error on the server ("unknown") has prevented the request from succeeding',
  ],
  [
    "is not there",
    (_request, response) => response.writeHead(404).end("no"),
    "the server could not find the requested resource",
  ],
  ["forbids", (_request, response) => response.writeHead(403).end("not you"), "not you"],
  [
    "is a teapot",
    (_request, response) => response.writeHead(418).end("short and stout"),
    "the server responded with the status code 418 but did not return more information",
  ],
  [
    "answers with a Status",
    (_request, response) =>
      response.writeHead(409).end('{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no","code":409}'),
    "no",
  ],
] as const satisfies readonly (readonly [string, Answerer, string])[])
  test(`a webhook that ${what} has failed`, async () => {
    await using server = await startWebhookServer(answer);
    using client = clientOf({ server });
    assert.equal((await errorOf(client.post())).message, message);
  });

test("what a webhook refuses with keeps its status", async () => {
  const status = { kind: "Status", apiVersion: "v1", status: "Failure", message: "no", reason: "Gone", code: 410 };
  await using server = await startWebhookServer((_request, response) =>
    response.writeHead(410).end(JSON.stringify(status)),
  );
  using client = clientOf({ server });
  const error = await errorOf(client.post());
  assert.ok(error instanceof StatusError);
  assert.deepEqual(error.status, status);
});

test("a webhook that always asks to be called again is called eleven times", async () => {
  const clock = new FakeClock();
  await using server = await startWebhookServer((_request, response) =>
    response.writeHead(503, { "retry-after": "0" }).end(),
  );
  using client = clientOf({ server, clock });
  const failing = errorOf(client.post());
  let failed = false;
  void failing.then(() => (failed = true));
  while (!failed) await clock.advance(0);
  assert.match((await failing).message, /^the server is currently unable to handle the request$/);
  assert.equal(server.requests.length, 11);
});

test("a webhook that asks for it is called again, within the time there is", async () => {
  const clock = new FakeClock();
  let calls = 0;
  const called = () => server.requests.length;
  await using server = await startWebhookServer((_request, response) => {
    if (++calls === 3) response.end("{}");
    else response.writeHead(429, { "retry-after": "2" }).end();
  });
  using client = clientOf({ server, clock });
  const answered = client.post();
  for (const count of [1, 2]) {
    while (called() < count || clock.pending < 2) await settle();
    await clock.advance(2000);
  }
  assert.equal(await answered, "{}");
  calls = 100;
  const failing = errorOf(client.post());
  while (called() < 4 || clock.pending < 2) await settle();
  await clock.advance(1999);
  await clock.advance(8001);
  assert.match((await failing).message, /context deadline exceeded$/);
});

test("a Service that leads nowhere is told by its own words", async () => {
  await using server = await startWebhookServer(OK);
  using client = clientOf({
    server,
    resolve: ({ name }) => {
      throw newNotFound({ group: "", resource: "service" }, name);
    },
  });
  const error = await errorOf(client.post());
  assert.equal(error.message, `Post "${URL_TOLD}": service "hook" not found`);
});

test("an address at which nobody listens is told", async () => {
  await using server = await startWebhookServer(OK);
  const refused: Dialer = {
    dial: () => Promise.reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })),
  };
  using client = clientOf({ server, dialer: refused });
  const { message } = await errorOf(client.post());
  assert.equal(message, `Post "${URL_TOLD}": dial tcp 10.0.0.5:8443: connect: connection refused`);
});

test("a server without TLS is told", async () => {
  const plain = createServer((_request, response) => response.end("{}"));
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  const { port } = plain.address() as AddressInfo;
  await using server = await startWebhookServer(OK);
  const dialer: Dialer = { dial: () => Promise.resolve(connect(port, "127.0.0.1")) };
  using client = clientOf({ server, dialer });
  const { message } = await errorOf(client.post());
  assert.equal(message, `Post "${URL_TOLD}": http: server gave HTTP response to HTTPS client`);
  plain.close();
});

for (const [names, problem] of [
  [{ dnsNames: ["a.test", "b.test"] }, "certificate is valid for a.test, b.test, not hook.default.svc"],
  [{ ipAddresses: ["192.0.2.7"] }, "certificate is not valid for any names, but wanted to match hook.default.svc"],
  [{}, "certificate relies on legacy Common Name field, use SANs instead"],
] as const)
  test(`a certificate for ${JSON.stringify(names)} is not the Service's`, async () => {
    await using server = await startWebhookServer(OK, names);
    using client = clientOf({ server });
    const { message } = await errorOf(client.post());
    assert.equal(message, `Post "${URL_TOLD}": tls: failed to verify certificate: x509: ${problem}`);
    assert.equal(server.requests.length, 0);
  });

test("what cannot be called is not called", async () => {
  await using server = await startWebhookServer(OK);
  using client = clientOf({ server });
  for (const [config, message] of [
    [{}, "webhook configuration must have either service or URL"],
    [{ url: "https://", caBundle: server.caBundle }, "Unparsable URL: https://"],
    [
      { service: SERVICE, caBundle: Buffer.from("no").toString("base64") },
      "unable to load root certificates: unable to parse bytes as PEM block",
    ],
  ] as const) {
    const error = await errorOf(client.post({ config }));
    assert.ok(error instanceof WebhookConfigError);
    assert.equal(error.message, message);
  }
  assert.equal(server.requests.length, 0);
});
