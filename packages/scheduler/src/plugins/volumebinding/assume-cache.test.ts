import assert from "node:assert/strict";
import { test } from "node:test";
import { PersistentVolume, type V1PersistentVolume } from "@dingi/api";
import { FakeInformers } from "../../testing/fake-informers.ts";
import { AssumeCache } from "./assume-cache.ts";
import { BindingWaiters, claimName } from "./binding-waiters.ts";

const KEY = { namespace: "", name: "pv" };
const volume = (phase: string): V1PersistentVolume => ({ metadata: { name: "pv" }, spec: {}, status: { phase } });
const phases = (cache: AssumeCache<V1PersistentVolume>) => [
  cache.get(KEY)?.status.phase,
  cache.shown(KEY)?.status.phase,
];

test("what is assumed counts until the server shows something newer, or nothing", async () => {
  await using fake = new FakeInformers();
  const cache = new AssumeCache(fake.informers.of(PersistentVolume));
  await fake.start();
  await fake.show(PersistentVolume, volume("shown"));
  cache.assume({ ...cache.get(KEY)!, status: { phase: "assumed" } });
  assert.deepEqual(phases(cache), ["assumed", "shown"]);
  cache.restore(cache.get(KEY)!);
  assert.deepEqual(phases(cache), ["shown", "shown"]);
  cache.assume({ ...cache.get(KEY)!, status: { phase: "assumed" } });
  await fake.show(PersistentVolume, volume("newer"));
  assert.deepEqual(phases(cache), ["newer", "newer"]);
  cache.assume({ ...cache.get(KEY)!, status: { phase: "assumed" } });
  await fake.show(PersistentVolume, volume("newer"), "DELETED");
  assert.deepEqual(phases(cache), [undefined, undefined]);
});

test("who has what he waited for does not look again", async () => {
  await using fake = new FakeInformers();
  const waiters = new BindingWaiters(fake.informers, fake.clock);
  await fake.start();
  let looks = 0;
  const { signal } = new AbortController();
  const waiting = waiters.until({ names: [claimName("ns/a")], check: () => ++looks === 2, timeoutMs: 1000, signal });
  const claimed = { ...volume("x"), spec: { claimRef: { namespace: "ns", name: "a" } } };
  await fake.show(PersistentVolume, { ...claimed, spec: { claimRef: { namespace: "ns", name: "b" } } });
  assert.equal(looks, 1);
  await fake.show(PersistentVolume, claimed);
  await waiting;
  await fake.show(PersistentVolume, claimed);
  assert.equal(looks, 2);
});
