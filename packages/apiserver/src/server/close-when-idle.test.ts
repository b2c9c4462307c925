import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { closeWhenIdle } from "./close-when-idle.ts";

class FakeSession extends EventEmitter {
  readonly armed: number[] = [];
  isClosed = false;

  setTimeout(ms: number): void {
    this.armed.push(ms);
  }

  close(): void {
    this.isClosed = true;
  }
}

test("a connection on which nothing is asked is closed", () => {
  const session = new FakeSession();
  closeWhenIdle(session, 90);
  assert.deepEqual(session.armed, [90]);
  session.emit("timeout");
  assert.ok(session.isClosed);
});

test("a silent watch keeps its connection, which is idle from its end on", () => {
  const session = new FakeSession();
  closeWhenIdle(session, 90);
  const [watch, other] = [new EventEmitter(), new EventEmitter()];
  for (const stream of [watch, other]) session.emit("stream", stream);
  other.emit("close");
  session.emit("timeout");
  assert.deepEqual([session.isClosed, session.armed], [false, [90]]);
  watch.emit("close");
  assert.deepEqual(session.armed, [90, 90]);
  session.emit("timeout");
  assert.ok(session.isClosed);
});
