import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigMap } from "@dingi/api";
import { newNotFound, type ApiRequest, type ApiResponse, type WatchEvent } from "@dingi/apimachinery";
import { failure, InProcessTransport, isRefused } from "./in-process.ts";
import type { TransportRequest } from "./transport.ts";

const schema = ConfigMap.versions["v1"]!.schema;
const capability = { secret: "s" };

/** A transport to a server that gives one answer, and what it was asked. */
function answeredBy(answer: Partial<ApiResponse>) {
  const asked: ApiRequest[] = [];
  const handle = (request: ApiRequest) => {
    asked.push(request);
    return Promise.resolve({ status: 200, headers: {}, ...answer } as ApiResponse);
  };
  const schemaOf = (path: string) => (path === "/maps" ? schema : undefined);
  const transport = new InProcessTransport({ handler: { handle }, capability, userAgent: "me/1", schemaOf });
  return { transport, asked };
}

const request = (more: Partial<TransportRequest> = {}): TransportRequest => ({
  method: "GET",
  path: "/maps",
  query: new URLSearchParams("a=b"),
  ...more,
});

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe("What the server is asked", () => {
  test("says who asks, in objects, and of nothing more", async () => {
    const { transport, asked } = answeredBy({ object: {} });
    await transport.request(request({ headers: { "x-a": "1" } }));
    const [{ signal, ...one }] = asked as [ApiRequest];
    assert.deepEqual(one, {
      method: "GET",
      path: "/maps",
      query: new URLSearchParams("a=b"),
      headers: { "x-a": "1", "user-agent": "me/1", "content-type": "application/json", accept: "application/json" },
      peer: { address: "", capability },
      wantsObjects: true,
    });
    assert.equal(signal.aborted, false);
  });

  test("has the signal, and the types that are asked for", async () => {
    const { transport, asked } = answeredBy({ object: {} });
    const { signal } = new AbortController();
    await transport.request(request({ signal, accept: "a/b", contentType: "c/d", body: {} }));
    assert.equal(asked[0]!.signal, signal);
    assert.deepEqual([asked[0]!.headers["accept"], asked[0]!.headers["content-type"]], ["a/b", "c/d"]);
  });

  for (const [what, more] of [
    ["by its kind's schema", {}],
    ["as JSON where nobody knows the kind", { path: "/others" }],
    ["as JSON where it is a patch", { contentType: "application/merge-patch+json" }],
  ] as const)
    test(`has a copy of what is written: ${what}`, async () => {
      const { transport, asked } = answeredBy({ object: {} });
      const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" }, data: { a: "1" } };
      await transport.request(request({ method: "POST", body, ...more }));
      const { object } = asked[0] as { object?: typeof body };
      assert.deepEqual(object, body);
      assert.notEqual(object, body);
      assert.notEqual(object?.data, body.data);
    });

  test("has no type where none is written", async () => {
    const { transport, asked } = answeredBy({ object: {} });
    await transport.request(request({ method: "POST", body: { metadata: { name: "m" } } }));
    assert.deepEqual(Object.keys(asked[0]!.object as object), ["metadata"]);
  });
});

describe("An answer", () => {
  test("is the server's own object", async () => {
    const object = { kind: "ConfigMap" };
    assert.equal(await answeredBy({ object }).transport.request(request()), object);
  });

  test("is an error with the server's Status", async () => {
    const { status } = newNotFound({ group: "", resource: "maps" }, "m");
    for (const code of [300, 404]) {
      const { transport } = answeredBy({ status: code, object: status });
      await assert.rejects(transport.request(request()), { status });
      await assert.rejects(transport.watch(request())[Symbol.asyncIterator]().next(), { status });
    }
  });

  test("is an error of words where there is no Status", async () => {
    const { transport } = answeredBy({ status: 404, body: Buffer.from("404 page not found\n") });
    await assert.rejects(transport.request(request()), {
      code: 404,
      reason: "NotFound",
      message: "404 page not found",
    });
  });

  test("of a watch is its events, or none", async () => {
    const batch: WatchEvent[] = [{ type: "ADDED", object: { metadata: { name: "m" } } as never }];
    const events = async function* () {
      yield batch;
    };
    const seen: unknown[] = [];
    for await (const some of answeredBy({ events: events() }).transport.watch(request())) seen.push(some);
    for await (const some of answeredBy({}).transport.watch(request())) seen.push(some);
    assert.deepEqual(seen, [batch]);
  });

  test("of a stream is its bytes, with status and headers", async () => {
    const headers = { "content-type": "text/plain" };
    const { transport, asked } = answeredBy({ status: 304, headers, body: Buffer.from("log") });
    await using response = await transport.stream(request());
    assert.deepEqual([response.status, response.headers], [304, headers]);
    assert.equal(await textOf(response.body), "log");
    assert.equal(asked[0]!.wantsObjects, false);
    await using empty = await answeredBy({}).transport.stream(request());
    assert.equal(await textOf(empty.body), "");
    const refused = answeredBy({ status: 503, body: Buffer.from("") });
    const message = "The server answered with status 503";
    await assert.rejects(refused.transport.stream(request()), { code: 503, reason: "ServiceUnavailable", message });
  });
});

test("redirections and errors are refusals; that nothing has changed is none", () => {
  assert.deepEqual([200, 299, 300, 303, 304, 305, 400, 500].filter(isRefused), [300, 303, 305, 400, 500]);
});

describe("What is no answer becomes an error:", () => {
  const failed = (status: number, text: string, retryAfter?: string) =>
    failure(
      status,
      (async function* () {
        yield Buffer.from(text);
      })(),
      retryAfter,
    );

  test("a Status as it is", async () => {
    const { status } = newNotFound({ group: "", resource: "maps" }, "m");
    assert.deepEqual((await failed(404, JSON.stringify(status))).status, JSON.parse(JSON.stringify(status)));
  });

  for (const [status, text, reason, message] of [
    [401, " who? \n", "Unauthorized", "who?"],
    [429, "", "TooManyRequests", "The server answered with status 429"],
    [418, '{"kind":"Teapot"}', "UnknownError", '{"kind":"Teapot"}'],
  ] as const)
    test(`${status} ${text}`, async () => {
      const { code, reason: because, message: said } = await failed(status, text);
      assert.deepEqual([code, because, said], [status, reason, message]);
    });

  test("with how long to wait, where it is a number of seconds", async () => {
    const seconds = async (header?: string) => (await failed(429, "", header)).status.details?.retryAfterSeconds;
    assert.deepEqual(
      [await seconds("12"), await seconds("Thu, 01 Jan 2026"), await seconds()],
      [12, undefined, undefined],
    );
  });
});
