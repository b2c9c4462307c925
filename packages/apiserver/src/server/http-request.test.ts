import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { StatusError } from "@dingi/apimachinery";
import { HttpRequest } from "./http-request.ts";

const EXPIRED = StatusError.make(504, "Timeout", "it took too long");

/** A write whose body is sent by hand. */
function written() {
  const body = new PassThrough();
  const request = new HttpRequest({
    method: "POST",
    url: "/api/v1/namespaces",
    headers: {},
    peer: { address: "192.0.2.9" },
    body,
    onGone: () => {},
  });
  return { body, request };
}

test("A body that stops coming is given up, and the rest of it let through", async () => {
  const { body, request } = written();
  const read = request.readBody!(100);
  body.write("{");
  request.giveUp(EXPIRED);
  await assert.rejects(read, (error: StatusError) => error.code === 504 && error.reason === "Timeout");
  body.end("}");
  await assert.doesNotReject(new Promise((resolve) => body.once("close", resolve)));
});

test("A body that is complete is kept, however silent its sender is then", async () => {
  const { body, request } = written();
  const read = request.readBody!(100);
  body.end("{}");
  assert.equal(Buffer.from(await read).toString(), "{}");
  request.giveUp(EXPIRED);
  assert.equal(Buffer.from(await read).toString(), "{}");
});

test("A client that went away before its body was asked for is not waited for", async () => {
  const { body, request } = written();
  body.destroy();
  await new Promise((resolve) => body.once("close", resolve));
  await assert.rejects(request.readBody!(100), /The client went away/);
});

test("A body that was taken in is read without waiting, and each of its pieces was told of", async () => {
  const { body, request } = written();
  const told: number[] = [];
  const received = request.receiveBody!(100, (bytes) => void told.push(bytes));
  body.write("{");
  body.end("}");
  await received;
  assert.equal(Buffer.from(await request.readBody!(100)).toString(), "{}");
  assert.equal(
    told.reduce((sum, bytes) => sum + bytes),
    2,
  );
});

test("A body is refused by who is told of its pieces, and by its length", async () => {
  const refused = written();
  const refusal = new Error("no room");
  const received = refused.request.receiveBody!(100, () => {
    throw refusal;
  });
  refused.body.write("{");
  await assert.rejects(received, refusal);
  const long = written();
  const tooLong = long.request.receiveBody!(3, () => {});
  long.body.write("{}{}");
  await assert.rejects(tooLong, (error: StatusError) => error.code === 413);
});

test("The signal of a request that is given up is aborted, whenever it is asked for", () => {
  const early = written().request;
  const { signal } = early;
  early.giveUp(EXPIRED);
  assert.equal(signal.reason, EXPIRED);
  const late = written().request;
  late.giveUp(EXPIRED);
  assert.equal(late.signal.reason, EXPIRED);
});

test("Of a body that is given up nothing more is counted or kept", async () => {
  const { body, request } = written();
  const counted: number[] = [];
  const read = request.receiveBody!(3, (bytes) => counted.push(bytes));
  body.write("12");
  body.write("345");
  await assert.rejects(read, (error: StatusError) => error.code === 413);
  body.end("6");
  await new Promise((resolve) => body.once("close", resolve));
  assert.deepEqual(counted, [2]);
  assert.equal(body.listenerCount("data"), 0);
});
