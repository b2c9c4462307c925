import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle, silentLogger, systemRandom } from "@dingi/base";
import type { KindDefinition } from "@dingi/apimachinery";
import type { Client } from "../client.ts";
import type { NewEvent } from "./event-correlator.ts";
import { SeriesRecorder, type Happening } from "./series-recorder.ts";

const MINUTE = 60_000;
const regarding = { apiVersion: "v1", kind: "Pod", namespace: "ns", name: "a", uid: "a", resourceVersion: "1" };
const failed: Happening = { regarding, type: "Warning", reason: "FailedScheduling", action: "Scheduling", note: "no" };

class Server {
  readonly clock = new FakeClock();
  readonly events: NewEvent[] = [];
  readonly series: number[] = [];
  readonly recorder: SeriesRecorder;

  constructor() {
    const client = {
      create: async (_kind: KindDefinition, event: NewEvent) => void this.events.push(event),
      patch: async (_kind: KindDefinition, _key: object, { series }: NewEvent) => void this.series.push(series!.count!),
    } as unknown as Client;
    const { clock } = this;
    const common = { client, clock, random: systemRandom, logger: silentLogger };
    this.recorder = new SeriesRecorder({ ...common, controller: "default-scheduler", instance: "default-scheduler-h" });
  }

  async tell(happening: Happening, times = 1): Promise<void> {
    for (let i = 0; i < times; i++) this.recorder.event(happening);
    for (let i = 0; i < 20; i++) await settle();
  }

  async after(minutes: number): Promise<void> {
    for (let i = 0; i < minutes; i++) await this.clock.advance(MINUTE);
    for (let i = 0; i < 20; i++) await settle();
  }
}

test("an event of the newer form", async () => {
  const server = new Server();
  await server.tell({ ...failed, related: { ...regarding, name: "b" }, note: "x".repeat(2000) });
  const [{ metadata, message, ...event }] = server.events as [NewEvent];
  assert.match(metadata.name!, /^a\.[0-9a-f]{16}$/);
  assert.equal(message, `${"x".repeat(1020)} ...`);
  assert.deepEqual(event, {
    involvedObject: regarding,
    related: { ...regarding, name: "b" },
    eventTime: "2026-01-01T00:00:00.000000Z",
    reason: "FailedScheduling",
    action: "Scheduling",
    type: "Warning",
    reportingComponent: "default-scheduler",
    reportingInstance: "default-scheduler-h",
  });
});

test("the same again makes a series, of which the second is written, and the last when it is over", async () => {
  const server = new Server();
  await server.tell(failed);
  await server.tell({ ...failed, note: "in other words" }, 4);
  assert.deepEqual([server.events.length, server.series], [1, [2]]);
  await server.after(12);
  assert.deepEqual(server.series, [2, 5]);
  assert.equal(server.clock.pending, 0);
  await server.tell(failed);
  assert.equal(server.events.length, 2);
});

test("a series that goes on is written every half hour", async () => {
  const server = new Server();
  await server.tell(failed, 2);
  for (let i = 0; i < 35; i++) {
    await server.after(1);
    await server.tell(failed);
  }
  assert.deepEqual(server.series, [2, 31]);
});

test("what was written is not written again when it is over", async () => {
  const server = new Server();
  await server.tell(failed, 2);
  await server.after(12);
  assert.deepEqual(server.series, [2]);
});

test("of another object, revision, reason or type is another event", async () => {
  const server = new Server();
  await server.tell(failed);
  await server.tell({ ...failed, regarding: { ...regarding, name: "b" } });
  await server.tell({ ...failed, regarding: { ...regarding, resourceVersion: "2" } });
  await server.tell({ ...failed, reason: "Scheduled" });
  await server.tell({ ...failed, type: "Normal" });
  await server.tell({ ...failed, action: "Binding" });
  assert.deepEqual([server.events.length, server.series], [6, []]);
});
