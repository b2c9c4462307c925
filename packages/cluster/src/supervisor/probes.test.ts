import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { apiProbe, beatProbe } from "./probes.ts";

test("a beat is a sign of life, and one of before the question is none", async () => {
  const stream = new PassThrough();
  const probe = beatProbe(stream);
  const before = once(stream, "data");
  stream.write(".");
  await before;
  const stop = new AbortController();
  const asked = probe(stop.signal);
  stop.abort(new Error("late"));
  await assert.rejects(asked, /late/);
  const again = probe(new AbortController().signal);
  stream.write(".");
  await again;
  assert.equal(stream.listenerCount("data"), 0);
});

test("an API server that takes connections and says nothing does not answer, nor does one that is not there", async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  const probe = apiProbe({ port, ca: () => "" });
  const stop = new AbortController();
  const asked = probe(stop.signal);
  silent.once("connection", () => stop.abort(new Error("late")));
  await assert.rejects(asked);
  await new Promise((resolve) => silent.close(resolve));
  await assert.rejects(probe(new AbortController().signal), /ECONNREFUSED/);
});
