import assert from "node:assert/strict";
import { test } from "node:test";
import { newForbidden, newNotFound, type KindDefinition, type ObjectKey } from "@dingi/apimachinery";
import { FakeClock, settle, silentLogger, systemRandom } from "@dingi/base";
import type { Client } from "../client.ts";
import type { NewEvent } from "./event-correlator.ts";
import { EventRecorder } from "./event-recorder.ts";

const pod = (name = "a") => ({ apiVersion: "v1", kind: "Pod", namespace: "ns", name, uid: name });

/** A server that keeps what is told, and how often it was asked; `fail` may refuse. */
class Server {
  readonly clock = new FakeClock();
  readonly events = new Map<string, NewEvent>();
  created = 0;
  patched = 0;
  fail: (verb: "create" | "patch") => unknown = () => undefined;
  readonly client = {
    create: async (_kind: KindDefinition, event: NewEvent) => {
      this.created++;
      await this.#refuse("create");
      this.events.set(event.metadata.name!, event);
    },
    patch: async (_kind: KindDefinition, { name }: ObjectKey, patch: object) => {
      this.patched++;
      await this.#refuse("patch");
      const old = this.events.get(name);
      if (!old) throw newNotFound({ group: "", resource: "events" }, name);
      this.events.set(name, { ...old, ...patch });
    },
  } as unknown as Client;

  recorder(more: object = {}): EventRecorder {
    const { clock, client } = this;
    return new EventRecorder({ client, clock, random: systemRandom, logger: silentLogger, component: "test", ...more });
  }

  get told(): string[] {
    return [...this.events.values()].map(({ reason, message, count }) => `${reason} ${message} x${count}`);
  }

  async #refuse(verb: "create" | "patch"): Promise<void> {
    await settle();
    const error = this.fail(verb);
    if (error) throw error;
  }
}

const settled = async () => {
  for (let i = 0; i < 400; i++) await settle();
};

test("the same event at the same time is one object, with a count", async () => {
  const server = new Server();
  const recorder = server.recorder({ host: "n" });
  for (let i = 0; i < 3; i++) recorder.event(pod(), "Normal", "Pulled", "image");
  await settled();
  assert.deepEqual(server.told, ["Pulled image x3"]);
  assert.deepEqual([server.created, server.patched], [1, 2]);
  const [event] = server.events.values();
  assert.deepEqual(event?.source, { component: "test", host: "n" });
  assert.match(event?.metadata.name ?? "", /^a\.[0-9a-f]{16}$/);
});

test("the count comes with the time of the last", async () => {
  const server = new Server();
  const recorder = server.recorder();
  recorder.event(pod(), "Normal", "Pulled", "image");
  await settled();
  await server.clock.advance(60_000);
  recorder.event(pod(), "Normal", "Pulled", "image");
  await settled();
  const [event] = server.events.values();
  assert.equal(event?.firstTimestamp, "2026-01-01T00:00:00Z");
  assert.equal(event?.lastTimestamp, "2026-01-01T00:01:00Z");
});

test("what differs is told apart", async () => {
  const server = new Server();
  const recorder = server.recorder();
  recorder.event(pod(), "Normal", "Pulled", "image");
  recorder.event(pod("b"), "Normal", "Pulled", "image");
  recorder.event(pod(), "Warning", "Pulled", "image");
  recorder.event(pod(), "Normal", "Created", "image");
  recorder.event(pod(), "Normal", "Pulled", "other");
  recorder.event({ ...pod(), fieldPath: "spec.containers{c}" }, "Normal", "Pulled", "image");
  await settled();
  assert.equal(server.events.size, 6);
});

test("the tenth that differs in its words only, and those after it, become one", async () => {
  const server = new Server();
  const recorder = server.recorder();
  for (let i = 0; i < 12; i++) recorder.event(pod(), "Normal", "Killing", `try ${i}`);
  await settled();
  assert.equal(server.events.size, 10);
  assert.equal(server.told.at(-1), "Killing (combined from similar events): try 11 x3");
  assert.deepEqual([...server.events.values()].at(-1)?.reportingComponent, "");
  recorder.event(pod(), "Normal", "Killing", "try 5");
  await settled();
  assert.ok(server.told.includes("Killing try 5 x2"), "what is among the last nine is told as it is");
  await server.clock.advance(10 * 60_000 + 1);
  recorder.event(pod(), "Normal", "Killing", "much later");
  await settled();
  assert.equal(server.told.at(-1), "Killing much later x1");
});

test("a source tells twenty-five things of an object, then one every five minutes, and counts what was not heard", async () => {
  const server = new Server();
  const recorder = server.recorder();
  for (let i = 0; i < 100; i++) recorder.event(pod(), "Warning", "BackOff", "again");
  recorder.event(pod(), "Normal", "Pulled", "image");
  recorder.event(pod("b"), "Warning", "BackOff", "again");
  await settled();
  assert.deepEqual(server.told, ["BackOff again x25", "Pulled image x1", "BackOff again x1"]);
  await server.clock.advance(299_999);
  recorder.event(pod(), "Warning", "BackOff", "again");
  await settled();
  assert.equal(server.told[0], "BackOff again x25");
  await server.clock.advance(1);
  recorder.event(pod(), "Warning", "BackOff", "again");
  await settled();
  assert.equal(server.told[0], "BackOff again x102");
  await server.clock.advance(24 * 3_600_000);
  for (let i = 0; i < 100; i++) recorder.event(pod(), "Warning", "BackOff", "again");
  await settled();
  assert.equal(server.told[0], "BackOff again x127");
});

test("an event that is gone is made again, with its count", async () => {
  const server = new Server();
  const recorder = server.recorder();
  recorder.event(pod(), "Normal", "Pulled", "image");
  await settled();
  server.events.clear();
  recorder.event(pod(), "Normal", "Pulled", "image");
  await settled();
  assert.deepEqual(server.told, ["Pulled image x2"]);
});

test("what does not reach the server is tried again, what it refuses is not", async () => {
  const server = new Server();
  const recorder = server.recorder();
  let failures = 0;
  server.fail = () => (failures++ < 3 ? new Error("connection refused") : undefined);
  recorder.event(pod(), "Normal", "Pulled", "image");
  await settled();
  assert.deepEqual(server.told, []);
  for (let i = 0; i < 3; i++) {
    await server.clock.advance(10_000);
    await settled();
  }
  assert.deepEqual([server.told, server.created], [["Pulled image x1"], 4]);
  server.fail = () => newForbidden({ group: "", resource: "events" }, "", "no");
  recorder.event(pod("b"), "Normal", "Pulled", "image");
  await settled();
  assert.equal(server.created, 5);
  assert.equal(server.clock.pending, 0);
});

test("gives up after twelve tries, and keeps a thousand while it cannot write", async () => {
  const server = new Server();
  const recorder = server.recorder();
  server.fail = () => new Error("connection refused");
  for (let i = 0; i < 2000; i++) recorder.event(pod(String(i)), "Normal", "Pulled", "image");
  for (let i = 0; i < 11; i++) {
    await settled();
    await server.clock.advance(10_000);
  }
  while (server.created < 12) await settle();
  await settle();
  server.fail = () => undefined;
  for (let i = 0; i < 10; i++) await settled();
  // The first was given up; a thousand waited behind it.
  assert.equal(server.created, 12 + 1000);
  assert.equal(server.events.size, 1000);
  assert.equal(server.events.values().next().value?.involvedObject.name, "1");
});
