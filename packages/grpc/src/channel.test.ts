import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AsyncQueue, FakeClock, systemClock } from "@dingi/base";
import { Server, ServerCredentials, status, type ServerDuplexStream, type ServiceDefinition } from "@grpc/grpc-js";
import { decode, encode, field, message } from "./message.ts";
import { Channel, type Method } from "./channel.ts";
import { hasGrpcCode, type GrpcError } from "./grpc-error.ts";

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
  Talk: { ...unary("Talk"), requestStream: true, responseStream: true },
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
    Talk: (call: ServerDuplexStream<WordValue, WordValue>) => {
      call.write({ word: String(call.metadata.get("mood")[0]) });
      call.on("data", ({ word }: WordValue) => (word === "bye" ? call.end() : call.write({ word: `${word}!` })));
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
  const channel = new Channel({ target: `unix://${path}`, clock });
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

test("a refusal has gRPC's code by name and the server's words", () =>
  withChannel(async (channel) => {
    await assert.rejects(channel.unary(method("Missing"), {}, { timeoutMs: 1000 }), (error: GrpcError) => {
      assert.ok(hasGrpcCode(error, "NotFound"));
      assert.equal(error.message, 'no "x" here');
      return true;
    });
  }));

test("a call that lasts too long is given up", () =>
  // The deadline lies in the past of the real clock that gRPC has.
  withChannel(async (channel) => {
    const call = channel.unary(method("Hang"), {}, { timeoutMs: 1000 });
    await assert.rejects(call, (error) => hasGrpcCode(error, "DeadlineExceeded"));
  }, new FakeClock(0)));

test("an aborted call rejects with the reason, and the server hears of it", () =>
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

test("a server that is not there is unavailable, and not ready", () =>
  withChannel(
    async (channel) => {
      const call = channel.unary(method("Echo"), {}, { timeoutMs: 1000 });
      await assert.rejects(call, (error) => hasGrpcCode(error, "Unavailable"));
      assert.equal(await channel.isReady(50), false);
    },
    systemClock,
    "/tmp/nowhere.sock",
  ));

test("a stream gives its messages and rejects when the server ends it", () =>
  withChannel(async (channel) => {
    const words: string[] = [];
    const { signal } = new AbortController();
    const stream = channel.stream(method("Count"), {}, { signal, onMessage: ({ word }) => words.push(word) });
    await assert.rejects(stream, (error) => hasGrpcCode(error, "Unavailable"));
    assert.deepEqual(words, ["one", "two"]);
  }));

test("an exchange answers request by request until one side ends it", () =>
  withChannel(async (channel) => {
    assert.equal(await channel.isReady(1000), true);
    const words = new AsyncQueue<string>();
    const stop = new AbortController();
    const talk = async () =>
      await channel.exchange(method("Talk"), {
        signal: stop.signal,
        metadata: { mood: "merry" },
        onMessage: ({ word }) => words.push(word),
      });
    const first = await talk();
    first.send({ word: "one" });
    assert.deepEqual([(await words.take()).value, (await words.take()).value], ["merry", "one!"]);
    first.send({ word: "bye" });
    await assert.rejects(first.ended, (error) => hasGrpcCode(error, "Unavailable"));
    const second = await talk();
    const reason = new Error("enough");
    stop.abort(reason);
    await assert.rejects(second.ended, (error) => error === reason);
  }));

test("callers may have errors of their own", async () => {
  const own = new Error("our own");
  const channel = new Channel({ target: "unix:///tmp/nowhere.sock", clock: systemClock, toError: () => own });
  await assert.rejects(channel.unary(method("Echo"), {}, { timeoutMs: 1000 }), (error) => error === own);
  await channel.close();
});

test("a closed channel is closed", async () => {
  const channel = new Channel({ target: `unix://${socket}`, clock: systemClock });
  await channel.close();
  await assert.rejects(channel.unary(method("Echo"), {}, { timeoutMs: 1000 }), /is closed/);
});
