import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import type { Transport, TransportRequest } from "@dingi/client";
import { ObservedTransport, RequestTimeout } from "./observed-transport.ts";

/** Answers nothing: whoever asks waits for the signal. */
function silent(asked: TransportRequest[]): Transport {
  const wait = async (request: TransportRequest): Promise<never> => {
    asked.push(request);
    const { promise, reject } = Promise.withResolvers<never>();
    const { signal } = request;
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    return await promise;
  };
  return {
    request: wait,
    stream: wait,
    watch: async function* (request: TransportRequest) {
      yield await wait(request);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const REQUEST: TransportRequest = { method: "GET", path: "/", query: new URLSearchParams({ watch: "true" }) };

function observed(timeoutMs: number) {
  const [asked, clock] = [[] as TransportRequest[], new FakeClock()];
  const options = { server: "https://server", timeoutMs, level: 0, clock, log: new PassThrough() };
  return { asked, clock, transport: new ObservedTransport(silent(asked), options) };
}

for (const how of ["request", "watch"] as const)
  test(`a ${how} ends after the time that a request may take, and tells the server of it`, async () => {
    const { asked, clock, transport } = observed(1500);
    const answer = how === "request" ? transport.request(REQUEST) : Array.fromAsync(transport.watch(REQUEST));
    const ended = assert.rejects(answer, RequestTimeout);
    await clock.advance(1500);
    await ended;
    assert.equal(asked[0]!.query.toString(), "watch=true&timeout=1.5s");
  });

test("without a limit the server is not told of one", () => {
  const { asked, transport } = observed(0);
  void transport.request(REQUEST);
  assert.equal(asked[0]!.query.toString(), "watch=true");
});

test("nothing that is shown of requests has a credential in it, at any level (CVE-2020-8565)", async () => {
  const log = new PassThrough();
  const options = { server: "https://server", timeoutMs: 0, level: 10, clock: new FakeClock(), log };
  const body = { kind: "Pod" };
  const answers: Transport = { ...silent([]), request: () => Promise.resolve({ kind: "Pod" }) };
  const headers = { authorization: "Bearer hidden-token", "impersonate-user": "ada" };
  await new ObservedTransport(answers, options).request({ ...REQUEST, method: "POST", headers, body });
  const shown = String(log.read());
  assert.match(shown, /"Request Body"/);
  assert.doesNotMatch(shown, /hidden-token/);
});
