import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { ApiResponse } from "@dingi/apimachinery";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import { peerOf } from "../testing/peer.ts";

const OLD_PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
const PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

describe("OpenAPI v2 is served", () => {
  let api: TestServer;
  before(async () => (api = await startTestServer()));
  after(() => api[Symbol.asyncDispose]());

  const get = async (headers: Record<string, string>): Promise<ApiResponse> =>
    await api.server.handler.handle({
      method: "GET",
      path: "/openapi/v2",
      query: new URLSearchParams(),
      headers,
      peer: peerOf({ name: "ada", groups: [] }, api.clock.now() + 1),
      signal: new AbortController().signal,
    });

  const ACCEPTED: readonly (readonly [accept: string, answered: string | undefined])[] = [
    ["", "application/json"],
    ["*/*", "application/json"],
    ["application/*", "application/json"],
    ["application/json", "application/json"],
    ["application/json;charset=utf-8", "application/json"],
    [OLD_PROTOBUF, PROTOBUF],
    [PROTOBUF, PROTOBUF],
    [`text/html, ${OLD_PROTOBUF};q=0.5, application/json;q=0.1`, PROTOBUF],
    ["text/html", undefined],
    ["application/yaml", undefined],
  ];
  for (const [accept, answered] of ACCEPTED) {
    test(`to "${accept}" as ${answered ?? "nothing"}`, async () => {
      const { status, headers, body } = await get(accept === "" ? {} : { accept });
      assert.equal(status, answered ? 200 : 406);
      assert.equal(headers["content-type"], answered);
      assert.deepEqual(headers["vary"], ["Accept-Encoding", "Accept"]);
      if (answered) assert.equal((body as Buffer)[0], answered === PROTOBUF ? 0x0a : 0x7b);
      else assert.equal(body, undefined);
    });
  }

  test("once, and then only to who does not know it", async () => {
    const { headers, body } = await get({});
    const etag = headers["etag"] as string;
    assert.match(etag, /^"[0-9A-F]{128}"$/);
    assert.equal((await get({})).body, body, "it was made once");
    assert.equal((await get({ accept: PROTOBUF })).headers["etag"], etag);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const answer = await get({ "if-none-match": known });
      assert.deepEqual([answer.status, answer.body, answer.headers["etag"]], [304, undefined, etag], known);
    }
    assert.equal((await get({ "if-none-match": '"other"' })).status, 200);
  });

  test("in gzip to who takes it", async () => {
    for (const accept of ["application/json", PROTOBUF]) {
      const [plain, zipped] = [await get({ accept }), await get({ accept, "accept-encoding": "gzip" })];
      assert.equal(zipped.headers["content-encoding"], "gzip");
      assert.deepEqual(gunzipSync(zipped.body as Uint8Array), Buffer.from(plain.body as Uint8Array));
      assert.equal((await get({ accept, "accept-encoding": "gzip" })).body, zipped.body, "it was compressed once");
    }
  });
});
