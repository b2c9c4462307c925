import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, type Random } from "@dingi/base";
import { openMemoryStore, type Store } from "@dingi/store";
import { PortAllocator } from "./port-allocator.ts";

const KEY = "/registry/ranges/servicenodeports";
/** Always the first, or the last, of what may be chosen. */
const first = { int: () => 0 } as unknown as Random;
const last = { int: (below: number) => below - 1 } as unknown as Random;

const openStore = () => openMemoryStore({ clock: new FakeClock() });
const allocatorOf = (store: Store, { to = 30_099, random = first } = {}) =>
  new PortAllocator({ store, range: { from: 30_000, to }, random });

async function stored(store: Store): Promise<unknown> {
  const entry = await store.get(KEY);
  return entry && JSON.parse(Buffer.from(entry.value).toString());
}

test("a port is taken once, and again when it was released", async () => {
  await using store = openStore();
  const ports = allocatorOf(store);
  assert.deepEqual([await ports.take(30_000), await ports.take(30_000), await ports.take(30_099)], [true, false, true]);
  await ports.release(30_000);
  await ports.release(30_050);
  assert.equal(await ports.take(30_000), true);
  assert.deepEqual(ports.range, { from: 30_000, to: 30_099 });
});

test("what is taken is stored as upstream stores it, and known to who comes later", async () => {
  await using store = openStore();
  await allocatorOf(store).take(30_001);
  const data = Buffer.of(2).toString("base64");
  const object = { kind: "RangeAllocation", apiVersion: "v1", metadata: {}, range: "30000-30099", data };
  assert.deepEqual(await stored(store), object);
  assert.equal(await allocatorOf(store).take(30_001), false);
});

test("of another range nothing is taken", async () => {
  await using store = openStore();
  await allocatorOf(store).take(30_001);
  assert.equal(await allocatorOf(store, { to: 30_200 }).take(30_001), true);
});

test("free ports are looked for above the band that people choose from, and then within it, to the last", async () => {
  await using store = openStore();
  const ports = allocatorOf(store, { to: 30_019 });
  const found: (number | undefined)[] = [];
  for (let i = 0; i < 21; i++) found.push(await ports.next());
  const upper = [16, 17, 18, 19];
  const lower = Array.from({ length: 16 }, (_, i) => i);
  assert.deepEqual(found, [...[...upper, ...lower].map((offset) => 30_000 + offset), undefined]);
});

for (const [size, band] of [
  [16, 0],
  [17, 16],
  [512, 16],
  [1024, 32],
  [4096, 128],
  [10_000, 128],
] as const)
  test(`of ${size} ports the lowest ${band} are left to people`, async () => {
    await using store = openStore();
    assert.equal(await allocatorOf(store, { to: 30_000 + size - 1 }).next(), 30_000 + band);
  });

test("from where chance has it they are looked for to the end, and from the beginning on", async () => {
  await using store = openStore();
  const ports = allocatorOf(store, { random: last });
  assert.deepEqual([await ports.next(), await ports.next(), await ports.next()], [30_099, 30_016, 30_017]);
});

test("two servers of one store give no port twice, whoever was faster", async () => {
  await using store = openStore();
  const [one, other] = [allocatorOf(store), allocatorOf(store)];
  const found = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? one : other).next()));
  assert.equal(new Set(found).size, 40);
  assert.deepEqual([await one.take(found[1]!), await other.take(found[0]!)], [false, false]);
});

test("a port that another server has released is free, though it was known to be taken", async () => {
  await using store = openStore();
  const [one, other] = [allocatorOf(store), allocatorOf(store)];
  await one.take(30_001);
  await other.release(30_001);
  assert.equal(await one.take(30_001), true);
});

test("who only tries sees what is taken, and leaves nothing", async () => {
  await using store = openStore();
  const ports = allocatorOf(store, { to: 30_001 });
  await ports.take(30_000);
  const before = await stored(store);
  const trial = ports.dryRun();
  assert.deepEqual(trial.range, ports.range);
  assert.equal(await trial.take(30_000), false);
  assert.deepEqual([await trial.next(), await trial.next()], [30_001, undefined]);
  await trial.release(30_000);
  assert.deepEqual(await stored(store), before);
  assert.equal(await ports.dryRun().take(30_001), true);
});

test("a change that fails is in nobody else's way", async () => {
  await using store = openStore();
  const ports = allocatorOf(store);
  const failing = ports.change(() => {
    throw new Error("no");
  });
  const taking = ports.take(30_001);
  await assert.rejects(failing, { message: "no" });
  assert.equal(await taking, true);
});
