import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { FakeClock, systemClock } from "@dingi/base";
import { Server, ServerCredentials, status, type ServiceDefinition } from "@grpc/grpc-js";
import { decode, encode, field, message } from "../protobuf/message.ts";
import { hasRuntimeCode, type RuntimeError } from "../runtime-error.ts";
import { Channel, type Method } from "./channel.ts";

const Word = message({ word: field(1, "string") });
type WordValue = { readonly word: string };
const method = (name: string): Method<WordValue> => ({ path: `/test.Words/${name}`, request: Word, response: Word });

const bytes = {
  requestSerialize: (value: object) => encode(Word, value),
  requestDeserialize: (data: Buffer) => decode<WordValue>(Word, data),
  responseSerialize: (value: object) => encode(Word, value),
  responseDeserialize: (data: Buffer) => decode<WordValue>(Word, data),
};
const unary = (name: string) => ({
  path: `/test.Words/${name}`,
  requestStream: false,
  responseStream: false,
  ...bytes,
});
const service: ServiceDefinition = {
  Echo: unary("Echo"),
  Missing: unary("Missing"),
  Hang: unary("Hang"),
  Count: { ...unary("Count"), responseStream: true },
};

const server = new Server();
let folder: string;
let socket: string;
/** Says "hanging", with the call, when one hangs. */
const calls = new EventEmitter();

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "dingi-channel-"));
  socket = join(folder, "sock");
  server.addService(service, {
    Echo: (call: { request: WordValue }, done: (error: null, value: WordValue) => void) => done(null, call.request),
    Missing: (_: unknown, done: (error: object) => void) => done({ code: status.NOT_FOUND, details: 'no "x" here' }),
    Hang: (call: EventEmitter) => calls.emit("hanging", call),
    Count: (call: { write: (value: WordValue) => void; end: () => void }) => {
      for (const word of ["one", "two"]) call.write({ word });
      call.end();
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix://${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
});
after(async () => {
  server.forceShutdown();
  await rm(folder, { recursive: true });
});

async function withChannel(
  body: (channel: Channel) => Promise<void>,
  clock = systemClock,
  path = socket,
): Promise<void> {
  const channel = new Channel({ socket: path, clock });
  try {
    await body(channel);
  } finally {
    await channel.close();
  }
}

test("a call is answered", () =>
  withChannel(async (channel) => {
    assert.deepEqual(await channel.unary(method("Echo"), { word: "ডিঙি" }, { timeoutMs: 1000 }), { word: "ডিঙি" });
  }));

test("a refusal has gRPC's code by name and the runtime's words", () =>
  withChannel(async (channel) => {
    await assert.rejects(channel.unary(method("Missing"), {}, { timeoutMs: 1000 }), (error: RuntimeError) => {
      assert.ok(hasRuntimeCode(error, "NotFound"));
      assert.equal(error.message, 'no "x" here');
      return true;
    });
  }));

test("a call that lasts too long is given up", () =>
  // The deadline lies in the past of the real clock that gRPC has.
  withChannel(async (channel) => {
    const call = channel.unary(method("Hang"), {}, { timeoutMs: 1000 });
    await assert.rejects(call, (error) => hasRuntimeCode(error, "DeadlineExceeded"));
  }, new FakeClock(0)));

test("an aborted call rejects with the reason, and the runtime hears of it", () =>
  withChannel(async (channel) => {
    const stop = new AbortController();
    const reason = new Error("enough");
    await channel.unary(method("Echo"), {}, { timeoutMs: 1000 });
    const hanging = once(calls, "hanging");
    const call = channel.unary(method("Hang"), {}, { signal: stop.signal, timeoutMs: undefined });
    const [served] = (await hanging) as [EventEmitter];
    const cancelled = once(served, "cancelled");
    stop.abort(reason);
    await assert.rejects(call, (error) => error === reason);
    await cancelled;
    await assert.rejects(
      channel.unary(method("Echo"), {}, { signal: stop.signal, timeoutMs: 1000 }),
      (error) => error === reason,
    );
  }));

test("a runtime that is not there says what to do", () =>
  withChannel(
    async (channel) => {
      await assert.rejects(channel.unary(method("Echo"), {}, { timeoutMs: 1000 }), (error: RuntimeError) => {
        assert.ok(hasRuntimeCode(error, "Unavailable"));
        assert.match(error.message, /nowhere.sock" does not answer; is it running\?/);
        return true;
      });
    },
    systemClock,
    "/tmp/nowhere.sock",
  ));

test("a stream gives its messages and rejects when the runtime ends it", () =>
  withChannel(async (channel) => {
    const words: string[] = [];
    const { signal } = new AbortController();
    const stream = channel.stream(method("Count"), {}, { signal, onMessage: ({ word }) => words.push(word) });
    await assert.rejects(stream, (error) => hasRuntimeCode(error, "Unavailable"));
    assert.deepEqual(words, ["one", "two"]);
  }));

test("a closed channel is closed", async () => {
  const channel = new Channel({ socket, clock: systemClock });
  await channel.close();
  await assert.rejects(channel.unary(method("Echo"), {}, { timeoutMs: 1000 }), /is closed/);
});
