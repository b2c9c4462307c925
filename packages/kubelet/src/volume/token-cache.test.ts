import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { FakeClock } from "@dingi/base";
import type { Client } from "@dingi/client";
import { TokenCache } from "./token-cache.ts";

const HOUR_MS = 3_600_000;
const podOf = (uid: string, spec: object = {}): V1Pod =>
  ({ metadata: { namespace: "ns", name: "p", uid }, spec: { containers: [], ...spec }, status: {} }) as V1Pod;

/** An API server whose tokens are numbered. */
function bench() {
  const clock = new FakeClock();
  const asked: { account: unknown; spec: unknown }[] = [];
  const createSubresource = (...[, account, name, { spec }]: [unknown, unknown, string, { spec: object }]) => {
    assert.equal(name, "token");
    asked.push({ account, spec });
    const { expirationSeconds } = spec as { expirationSeconds: number };
    const expirationTimestamp = new Date(clock.now() + expirationSeconds * 1000).toISOString();
    return Promise.resolve({ status: { token: `t${asked.length}`, expirationTimestamp } });
  };
  return { clock, asked, cache: new TokenCache({ createSubresource } as unknown as Client, clock) };
}

test("a token is asked for of the pod's account, bound to the pod", async () => {
  const { cache, asked } = bench();
  await cache.get(podOf("1", { serviceAccountName: "robot" }), "vault", 600);
  await cache.get(podOf("1"), undefined, 3600);
  const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: "p", uid: "1" };
  assert.deepEqual(asked, [
    {
      account: { namespace: "ns", name: "robot" },
      spec: { audiences: ["vault"], expirationSeconds: 600, boundObjectRef },
    },
    { account: { namespace: "ns", name: "default" }, spec: { audiences: [], expirationSeconds: 3600, boundObjectRef } },
  ]);
});

test("it is used for four fifths of its life, and for a day at most", async () => {
  const { cache, clock } = bench();
  const pod = podOf("1");
  const after = async (ms: number, seconds: number) => {
    await clock.advance(ms);
    return await cache.get(pod, undefined, seconds);
  };
  assert.deepEqual(
    [await after(0, 3600), await after(0.8 * HOUR_MS - 1, 3600), await after(1, 3600)],
    ["t1", "t1", "t2"],
  );
  const week = 7 * 24 * 3600;
  assert.deepEqual(
    [await after(0, week), await after(24 * HOUR_MS - 1, week), await after(1, week)],
    ["t3", "t3", "t4"],
  );
});

test("each pod, audience and life has its own, and what was of a pod is forgotten with it", async () => {
  const { cache } = bench();
  const [one, other] = [podOf("1"), podOf("11")];
  const all = async () => [
    await cache.get(one, undefined, 600),
    await cache.get(one, "vault", 600),
    await cache.get(one, undefined, 700),
    await cache.get(other, undefined, 600),
  ];
  assert.deepEqual(await all(), ["t1", "t2", "t3", "t4"]);
  assert.deepEqual(await all(), ["t1", "t2", "t3", "t4"]);
  cache.forget("1");
  assert.deepEqual(await all(), ["t5", "t6", "t7", "t4"]);
});
