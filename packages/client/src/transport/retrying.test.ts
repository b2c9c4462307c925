import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { StatusError } from "@dingi/apimachinery";
import { FakeClock } from "@dingi/base";
import { failure } from "./in-process.ts";
import { RetryingTransport } from "./retrying.ts";
import type { Transport, TransportRequest } from "./transport.ts";

const REQUEST: TransportRequest = { method: "GET", path: "/version", query: new URLSearchParams() };

const refusal = (code: number, retryAfterSeconds?: number) =>
  StatusError.make(
    code,
    "UnknownError",
    `answer ${code}`,
    retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
  );

/** Fails with these, one after the other, and then answers. */
function transportOf(clock: FakeClock, failures: StatusError[]) {
  const asked: number[] = [];
  const request = () => {
    asked.push(clock.now());
    const failed = failures.shift();
    return failed ? Promise.reject(failed) : Promise.resolve("answer");
  };
  return { asked, transport: new RetryingTransport({ request } as unknown as Transport, clock) };
}

describe("Who is told to ask again does so", () => {
  for (const code of [429, 500, 503]) {
    test(`after the time that a ${code} names`, async () => {
      const clock = new FakeClock(0);
      const { asked, transport } = transportOf(clock, [refusal(code, 1), refusal(code, 3)]);
      const answer = transport.request(REQUEST);
      await clock.advance(1000);
      await clock.advance(3000);
      assert.equal(await answer, "answer");
      assert.deepEqual(asked, [0, 1000, 4000]);
    });
  }

  test("but not when no time is named, or it is no matter of time", async () => {
    for (const error of [refusal(429), refusal(503, 0), refusal(409, 1)]) {
      const { transport } = transportOf(new FakeClock(0), [error]);
      await assert.rejects(transport.request(REQUEST), error);
    }
  });

  test("ten times at most", async () => {
    const clock = new FakeClock(0);
    const { asked, transport } = transportOf(
      clock,
      Array.from({ length: 20 }, () => refusal(429, 1)),
    );
    const answer = assert.rejects(transport.request(REQUEST), { message: "answer 429" });
    for (let second = 0; second < 12; second++) await clock.advance(1000);
    await answer;
    assert.equal(asked.length, 11);
  });

  test("and not after the caller has gone", async () => {
    const clock = new FakeClock(0);
    const { asked, transport } = transportOf(clock, [refusal(429, 1)]);
    const gone = new AbortController();
    const answer = assert.rejects(transport.request({ ...REQUEST, signal: gone.signal }), { message: "gone" });
    await clock.advance(500);
    gone.abort(new Error("gone"));
    await answer;
    assert.equal(asked.length, 1);
  });
});

test("The time that a header names is the error's, also when the answer is plain text", async () => {
  const text = async function* () {
    yield await Promise.resolve(Buffer.from("Too many requests, please try again later.\n"));
  };
  const error = await failure(429, text(), "7");
  assert.deepEqual(
    [error.code, error.reason, error.status.message, error.status.details?.retryAfterSeconds],
    [429, "TooManyRequests", "Too many requests, please try again later.", 7],
  );
});
