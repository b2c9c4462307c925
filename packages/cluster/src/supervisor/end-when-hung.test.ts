import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, silentLogger } from "@dingi/base";
import { endWhenHung } from "./end-when-hung.ts";

function watched() {
  const clock = new FakeClock();
  const stop = new AbortController();
  const state = { hangs: false, kills: 0 };
  const done = endWhenHung({
    name: "runtime",
    probe: () => (state.hangs ? new Promise(() => {}) : Promise.resolve()),
    kill: () => {
      state.kills++;
      state.hangs = false;
      return Promise.resolve();
    },
    clock,
    logger: silentLogger,
    signal: stop.signal,
  });
  return { clock, state, done, stop: () => stop.abort() };
}

test("what hangs is killed after half a minute, each time; what answers is left alone", async () => {
  const { clock, state, done, stop } = watched();
  await clock.advance(600_000);
  assert.equal(state.kills, 0);
  for (const round of [1, 2]) {
    state.hangs = true;
    await clock.advance(30_000);
    assert.equal(state.kills, round - 1, "not for being busy");
    await clock.advance(20_000);
    assert.equal(state.kills, round);
    await clock.advance(60_000);
    assert.equal(state.kills, round);
  }
  stop();
  await done;
});
