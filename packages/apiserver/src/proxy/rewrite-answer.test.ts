import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deflateRawSync, gunzipSync, gzipSync, inflateRawSync } from "node:zlib";
import type { ApiResponse } from "@dingi/apimachinery";
import { rewriteAnswer } from "./rewrite-answer.ts";

const PREFIX = "/api/v1/namespaces/n/pods/p/proxy";
const PLACE = { prefix: PREFIX, authority: "10.0.0.5:80", requestHost: "api.test" };
const PAGE = '<a href="/é">é</a>';
const REWRITTEN = `<a href="${PREFIX}/é">é</a>`;

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 7) yield await Promise.resolve(bytes.subarray(at, at + 7));
}

async function answered(headers: ApiResponse["headers"], body: Uint8Array) {
  const answer = rewriteAnswer({ status: 200, headers, body: inPieces(body) }, PLACE);
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return { headers: answer.headers, body: Buffer.concat(chunks) };
}

const same = (bytes: Uint8Array) => bytes;

describe("The links of a page lead through the proxy", () => {
  for (const [coding, encode, decode] of [
    ["", same, same],
    ["gzip", gzipSync, gunzipSync],
    ["deflate", deflateRawSync, inflateRawSync],
  ] as const)
    test(`that comes ${coding === "" ? "as it is" : `in ${coding}`}, and its length is another`, async () => {
      const type = { "content-type": "text/html ; charset=utf-8" };
      const sent = { ...type, ...(coding === "" ? {} : { "content-encoding": coding }) };
      const { headers, body } = await answered({ ...sent, "content-length": "18" }, encode(Buffer.from(PAGE)));
      assert.equal(Buffer.from(decode(body)).toString(), REWRITTEN);
      assert.deepEqual(headers, sent);
    });
});

describe("It is left as it is", () => {
  for (const headers of [
    { "content-type": "text/plain", "content-length": "18" },
    { "content-type": "text/html", "content-encoding": "br", "content-length": "18" },
    { "content-type": "text/html", "content-encoding": "constructor" },
    { "content-length": "18" },
  ])
    test(JSON.stringify(headers), async () => {
      const found = await answered(headers as ApiResponse["headers"], Buffer.from(PAGE));
      assert.deepEqual([found.headers, found.body.toString()], [headers, PAGE]);
    });

  test("what has no body, or is whole already", () => {
    const headers = { "content-type": "text/html", "content-length": "3" };
    const whole = { status: 200, headers, body: Buffer.from("<a>") };
    assert.deepEqual(rewriteAnswer(whole, PLACE), whole);
    assert.deepEqual(rewriteAnswer({ status: 204, headers }, PLACE), { status: 204, headers });
  });
});

test("a redirection leads through the proxy, and its page is not looked at", async () => {
  const { headers, body } = await answered({ location: "/login", "content-type": "text/html" }, Buffer.from(PAGE));
  assert.deepEqual([headers["location"], body.toString()], [`${PREFIX}/login`, PAGE]);
  const empty = await answered({ location: "", "content-type": "text/html" }, Buffer.from(PAGE));
  assert.equal(empty.body.toString(), REWRITTEN);
});

test("other sites are not let in by what a pod says", async () => {
  const { headers } = await answered(
    { "access-control-allow-origin": "*", "access-control-allow-credentials": "true", "x-a": "1" },
    Buffer.from(""),
  );
  assert.deepEqual(headers, { "x-a": "1" });
});

test("a page that is not what it says ends with an error", async () => {
  const sent = { "content-type": "text/html", "content-encoding": "gzip" };
  await assert.rejects(answered(sent, Buffer.from(PAGE)), { code: "Z_DATA_ERROR" });
});
