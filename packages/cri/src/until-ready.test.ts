import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import { hasRuntimeCode, RuntimeError } from "./runtime-error.ts";
import type { RuntimeService } from "./runtime-service.ts";
import { untilReady } from "./until-ready.ts";

const condition = (type: string, status: boolean) => ({ type, status, reason: "Because", message: "of cni" });

/** Answers one after another, the last for ever. */
function runtimeThatSays(...answers: readonly (Error | readonly boolean[])[]): RuntimeService {
  let calls = 0;
  const status = async () => {
    const answer = answers[Math.min(calls++, answers.length - 1)]!;
    if (answer instanceof Error) throw answer;
    const [runtime = false, network = false] = answer;
    const conditions = [condition("RuntimeReady", runtime), condition("NetworkReady", network)];
    return { conditions, info: {}, runtimeHandlers: [], features: undefined };
  };
  return { status } as Partial<RuntimeService> as RuntimeService;
}

test("waits through what a starting runtime says", async () => {
  const clock = new FakeClock();
  const runtime = runtimeThatSays(new RuntimeError("Unavailable", "no"), [false, false], [true, false], [true, true]);
  const ready = untilReady(runtime, { clock, timeoutMs: 1000 });
  await clock.advance(100);
  assert.equal((await ready).conditions.length, 2);
});

test("gives up with what it said last", async () => {
  const clock = new FakeClock();
  const ready = untilReady(runtimeThatSays([true, false]), { clock, timeoutMs: 1000 });
  ready.catch(() => {});
  await clock.advance(2000);
  await assert.rejects(ready, (error: Error) => {
    assert.ok(hasRuntimeCode(error, "DeadlineExceeded"));
    assert.equal((error.cause as Error).message, "NetworkReady: Because of cni");
    return true;
  });
});

test("a caller can leave", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const ready = untilReady(runtimeThatSays([false]), { clock, timeoutMs: 1000, signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(ready, /enough/);
});
