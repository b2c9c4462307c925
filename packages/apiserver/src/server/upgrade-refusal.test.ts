import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import type { ApiResponse } from "@dingi/apimachinery";
import { writeUpgradeRefusal } from "./upgrade-refusal.ts";

async function written(response: Partial<ApiResponse>): Promise<string[]> {
  const socket = new PassThrough();
  await writeUpgradeRefusal(socket, { status: 403, headers: {}, ...response } as ApiResponse);
  return (await text(socket)).split("\r\n");
}

async function* pieces() {
  yield Buffer.from("a ");
  yield Buffer.from("body");
}

test("a refusal is an answer of HTTP/1.1, after which the connection closes", async () => {
  const headers = { "content-type": "text/plain", warning: ["one", "two"] };
  const head = ["HTTP/1.1 403 Forbidden", "content-type: text/plain", "warning: one", "warning: two"];
  const tail = ["content-length: 6", "connection: close", "", "a body"];
  assert.deepEqual(await written({ headers, body: Buffer.from("a body") }), [...head, ...tail]);
  assert.deepEqual(await written({ headers, body: pieces() }), [...head, ...tail]);
});

test("a refusal may have no body, and a status without a name", async () => {
  const close = ["content-length: 0", "connection: close", "", ""];
  assert.deepEqual(await written({ status: 799 }), ["HTTP/1.1 799 ", ...close]);
});
