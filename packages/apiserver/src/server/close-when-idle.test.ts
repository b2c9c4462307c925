import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { closeWhenIdle } from "./close-when-idle.ts";

function fakeSession() {
  const armed: number[] = [];
  const session = { armed, isClosed: false, setTimeout: (ms: number) => armed.push(ms), close: () => {} };
  const emitter = Object.assign(new EventEmitter(), session);
  emitter.close = () => void (emitter.isClosed = true);
  return emitter;
}

test("a connection on which nothing is asked is closed", () => {
  const session = fakeSession();
  closeWhenIdle(session, 90);
  assert.deepEqual(session.armed, [90]);
  session.emit("timeout");
  assert.ok(session.isClosed);
});

test("a silent watch keeps its connection, which is idle from its end on", () => {
  const session = fakeSession();
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
