import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import type { StatusError } from "@dingi/apimachinery";
import { HttpRequest } from "./http-request.ts";

/** A write whose body is sent by hand, and whose sender is found to be silent. */
function written() {
  const body = new PassThrough();
  let stall = () => {};
  const request = new HttpRequest({
    method: "POST",
    url: "/api/v1/namespaces",
    headers: {},
    peer: { address: "192.0.2.9" },
    body,
    onGone: () => {},
    onStalled: (callback) => (stall = callback),
  });
  return { body, request, stall: () => stall() };
}

test("A body that stops coming is given up, and the rest of it let through", async () => {
  const { body, request, stall } = written();
  const read = request.readBody!(100);
  body.write("{");
  stall();
  await assert.rejects(read, (error: StatusError) => error.code === 504 && error.reason === "Timeout");
  body.end("}");
  await assert.doesNotReject(new Promise((resolve) => body.once("close", resolve)));
});

test("A body that is complete is kept, however silent its sender is then", async () => {
  const { body, request, stall } = written();
  const read = request.readBody!(100);
  body.end("{}");
  assert.equal(Buffer.from(await read).toString(), "{}");
  stall();
  assert.equal(Buffer.from(await read).toString(), "{}");
});

test("A client that went away before its body was asked for is not waited for", async () => {
  const { body, request } = written();
  body.destroy();
  await new Promise((resolve) => body.once("close", resolve));
  await assert.rejects(request.readBody!(100), /The client went away/);
});
