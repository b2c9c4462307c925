import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { ApiRequest, ApiResponse } from "@dingi/apimachinery";
import { compress } from "./compress.ts";

const request = (encoding?: string) =>
  ({ headers: encoding === undefined ? {} : { "accept-encoding": encoding } }) as unknown as ApiRequest;
const SMALL = Buffer.alloc(128 * 1024, "a");
const LARGE = Buffer.alloc(128 * 1024 + 1, "a");

async function* inPieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
}

async function read(body: ApiResponse["body"]): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

for (const [shape, bodyOf] of [
  ["in one piece", (bytes: Buffer) => bytes],
  ["in pieces", inPieces],
] as const) {
  test(`a large answer ${shape} is compressed for who accepts it`, async () => {
    const answer = await compress(request("br, gzip;q=1.0"), { status: 200, headers: {}, body: bodyOf(LARGE) });
    assert.deepEqual(answer.headers, { "content-encoding": "gzip", vary: "Accept-Encoding" });
    assert.ok(gunzipSync(await read(answer.body)).equals(LARGE));
  });

  test(`a smaller answer ${shape} is sent as it is`, async () => {
    const answer = await compress(request("gzip"), { status: 200, headers: {}, body: bodyOf(SMALL) });
    assert.deepEqual(answer.headers, {});
    assert.ok((await read(answer.body)).equals(SMALL));
  });
}

for (const encoding of [undefined, "identity", "br"]) {
  test(`a client that accepts ${encoding ?? "nothing"} gets plain bytes`, async () => {
    const answer = await compress(request(encoding), { status: 200, headers: {}, body: LARGE });
    assert.equal(answer.body, LARGE);
  });
}

test("a client that leaves ends the work behind the stream", async () => {
  let ended = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield LARGE;
    } finally {
      ended = true;
    }
  }
  const answer = await compress(request("gzip"), { status: 200, headers: {}, body: endless() });
  for await (const _chunk of answer.body as AsyncIterable<Uint8Array>) break;
  assert.ok(ended);
});
