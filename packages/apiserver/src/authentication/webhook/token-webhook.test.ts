import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { settle } from "@dingi/base";
import { believing, startAuthenticationBench } from "../../testing/authentication-bench.ts";
import { startWebhookServer } from "../../testing/webhook-server.ts";
import { readWebhookKubeconfig } from "../../webhook/kubeconfig/webhook-kubeconfig.ts";
import type { TokenReviewVersion } from "./token-webhook.ts";

interface Review {
  readonly apiVersion: string;
  readonly spec: { readonly token: string; readonly audiences?: readonly string[] };
}

type Answer = (review: Review, response: ServerResponse) => object | undefined;

async function startBench(answer: Answer, version: TokenReviewVersion = "v1") {
  await using stack = new AsyncDisposableStack();
  const hooks = stack.use(
    await startWebhookServer(
      ({ body }, response) => {
        const review = body as Review;
        const status = answer(review, response);
        if (status) response.setHeader("content-type", "application/json").end(JSON.stringify({ ...review, status }));
      },
      { dnsNames: ["tokens.test"] },
    ),
  );
  const cluster = { server: "https://tokens.test/check", "certificate-authority-data": hooks.caBundle };
  const file = JSON.stringify({
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user: { token: "secret" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
  const kubeconfig = readWebhookKubeconfig("/etc/hook.conf", () => file);
  const webhook = { kubeconfig, version, cacheTtlMs: 120_000 };
  const authentication = () => ({ ...believing(), webhook });
  const bench = stack.use(await startAuthenticationBench({ dialer: hooks.dialer, authentication }));
  const owned = stack.move();
  return Object.assign(bench, { hooks, [Symbol.asyncDispose]: () => owned.disposeAsync() });
}

const ADA = { authenticated: true, user: { username: "ada", uid: "7", groups: ["g"], extra: { "x.test/k": ["v"] } } };
const AUDIENCE = "https://issuer.test";

for (const version of ["v1", "v1beta1"] as const)
  test(`tokens that nobody here knows are asked about, in ${version}, and answers kept for a while`, async () => {
    await using bench = await startBench(
      ({ spec }) => (spec.token === "good" ? ADA : { authenticated: false }),
      version,
    );
    const user = { username: "ada", uid: "7", groups: ["g", "system:authenticated"], extra: { "x.test/k": ["v"] } };
    assert.deepEqual(await bench.whoIs("good"), user);
    assert.deepEqual(await bench.whoIs("good"), user);
    assert.equal(await bench.whoIs("bad"), 401);
    assert.equal(await bench.whoIs("bad"), 401);
    assert.equal(bench.hooks.requests.length, 2);
    const [{ url, headers, body }] = bench.hooks.requests as unknown as [(typeof bench.hooks.requests)[number]];
    assert.deepEqual([url, headers.authorization], ["/check?timeout=30s", "Bearer secret"]);
    assert.deepEqual(body, {
      kind: "TokenReview",
      apiVersion: `authentication.k8s.io/${version}`,
      metadata: {},
      spec: { token: "good", audiences: [AUDIENCE] },
      status: { user: {} },
    });
    await bench.clock.advance(120_001);
    assert.deepEqual(await bench.whoIs("good"), user);
    assert.equal(bench.hooks.requests.length, 3);
  });

test("a token is good for the audiences that the webhook names, or for this server's", async () => {
  await using bench = await startBench(({ spec }) => ({
    ...ADA,
    ...(spec.token === "silent" ? {} : { audiences: ["b"] }),
  }));
  assert.deepEqual((await bench.review("t", ["a", "b"]))["audiences"], ["b"]);
  assert.equal((await bench.review("t", ["a"]))["authenticated"], undefined);
  assert.deepEqual((await bench.review("silent", ["a", AUDIENCE]))["audiences"], [AUDIENCE]);
  assert.equal((await bench.review("silent", ["a"]))["authenticated"], undefined);
});

test("what fails is asked again, five times, and is not remembered", async () => {
  let isDown = true;
  await using bench = await startBench((_review, response) => {
    if (!isDown) return ADA;
    response.writeHead(500).end();
    return undefined;
  });
  const { hooks, clock } = bench;
  const refused = bench.whoIs("t");
  for (let asked = 1; asked <= 5; asked++) {
    while (hooks.requests.length < asked) await settle();
    for (let i = 0; i < 50; i++) await settle();
    await clock.advance(3000);
  }
  assert.equal(await refused, 401);
  assert.equal(hooks.requests.length, 5);
  isDown = false;
  assert.equal(typeof (await bench.whoIs("t")), "object");
});

for (const [title, answer] of [
  ["says why not", () => ({ error: "expired" })],
  ["says no TokenReview", (_, response) => void response.end('{"kind":"Status"}')],
  ["says a number in place of a name", () => ({ authenticated: true, user: { username: 7 } })],
  ["says nothing", (_, response) => void response.end()],
  ["says no JSON", (_, response) => void response.end("<html>")],
  ["leads elsewhere", (_, response) => void response.writeHead(307, { location: "https://x.test" }).end()],
  ["says too much", (_, response) => void response.end(Buffer.alloc(2_000_000, " "))],
  ["refuses", (_, response) => void response.writeHead(403).end()],
] as readonly (readonly [string, Answer])[])
  test(`a webhook that ${title} makes nobody of a token`, async () => {
    await using bench = await startBench(answer);
    assert.equal(await bench.whoIs("t"), 401);
    assert.match(String((await bench.review("t"))["error"]), /./);
  });
