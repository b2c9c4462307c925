import assert from "node:assert/strict";
import { test } from "node:test";
import { ServedKinds, type AnyKind } from "@dingi/apimachinery";
import { AsyncQueue, FakeClock, settle, silentLogger } from "@dingi/base";
import { openMemoryStore, type Store } from "@dingi/store";
import { StoreFeed } from "../cacher/store-feed.ts";
import { boatKind } from "../testing/boat.ts";
import { ServedResources } from "./served-resources.ts";

const PREFIX = "/registry/example.org/boats/n/";
const textOf = (name: string, sails = 1) =>
  Buffer.from(
    `{"kind":"Boat","apiVersion":"example.org/v1","metadata":{"name":"${name}","namespace":"n"},"spec":{"sails":${sails}}}`,
  );

/** Kinds over a feed; `hold` keeps the answers to ranges back until it is released. */
class Room implements AsyncDisposable {
  readonly kinds = new ServedKinds();
  readonly store: Store;
  readonly feed: StoreFeed;
  readonly resources: ServedResources;
  readonly gate: { held: AsyncQueue<void> | undefined };

  private constructor(store: Store, feed: StoreFeed, gate: Room["gate"]) {
    this.store = store;
    this.feed = feed;
    this.gate = gate;
    this.resources = new ServedResources(this.kinds, feed);
  }

  static async open(): Promise<Room> {
    const clock = new FakeClock();
    const inner = openMemoryStore({ clock });
    const gate: Room["gate"] = { held: undefined };
    const range: Store["range"] = async (prefix, options) => {
      const answer = await inner.range(prefix, options);
      await gate.held?.take();
      return answer;
    };
    const store = new Proxy(inner, {
      get: (target, name) => {
        if (name === "range") return range;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    const onFailure = (error: unknown) => assert.fail(String(error));
    const feed = await StoreFeed.start({ store, clock, logger: silentLogger, kinds: [], onFailure });
    return new Room(store, feed, gate);
  }

  async write(name: string, sails = 1): Promise<number> {
    const result = await this.store.commit(PREFIX + name, { expected: "any", value: textOf(name, sails) });
    assert.ok("revision" in result);
    await this.feed.waitFor(result.revision);
    return result.revision;
  }

  async remove(name: string): Promise<void> {
    const result = await this.store.commit(PREFIX + name, { expected: "any" });
    assert.ok("revision" in result);
    await this.feed.waitFor(result.revision);
  }

  shown(kind: AnyKind): Record<string, unknown> {
    const all = [...this.feed.cache(kind).snapshot().values()];
    return Object.fromEntries(
      all.map(({ key, object }) => [key, (object as { spec?: { sails?: number } }).spec?.sails]),
    );
  }

  /** Everything that a watch is told until it ends, and whether it has. */
  watch(kind: AnyKind, after?: number) {
    const { watcher } = this.feed.cache(kind).watch({ namespace: "" }, after);
    const told: string[] = [];
    const state = { told, ended: false };
    void (async () => {
      while (!watcher.closed) {
        for (const { type, stored } of watcher.take()?.items ?? []) told.push(`${type} ${stored.object.metadata.name}`);
        if (!watcher.closed) await watcher.ready();
      }
      state.ended = true;
    })();
    return state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.feed[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
  }
}

test("what was stored before a kind is served, and what is stored afterwards, is there", async () => {
  await using room = await Room.open();
  await room.write("a");
  const Boat = boatKind();
  await room.resources.serve(Boat);
  await room.write("b");
  assert.deepEqual(room.shown(Boat), { "n/a": 1, "n/b": 1 });
  assert.equal(room.kinds.scheme.byResource("example.org/v1", "boats"), Boat);
});

test("changes that come while a kind is loaded are not lost, whichever of the two is newer", async () => {
  await using room = await Room.open();
  for (const name of ["changed", "gone", "kept"]) await room.write(name);
  room.gate.held = new AsyncQueue();
  const Boat = boatKind();
  const serving = room.resources.serve(Boat);
  await settle();
  await room.write("changed", 2);
  await room.remove("gone");
  await room.write("new", 3);
  assert.equal(room.kinds.scheme.kinds.length, 0);
  room.gate.held.push();
  await serving;
  assert.deepEqual(room.shown(Boat), { "n/changed": 2, "n/kept": 1, "n/new": 3 });
  const watch = room.watch(Boat, room.feed.revision);
  await room.remove("kept");
  await settle();
  assert.deepEqual(watch.told, ["DELETED kept"]);
});

test("watches of a kind begin where it was loaded, and not before", async () => {
  await using room = await Room.open();
  const before = await room.write("a");
  await room.write("b");
  const Boat = boatKind();
  await room.resources.serve(Boat);
  assert.throws(() => room.watch(Boat, before), { reason: "Expired" });
  assert.ok(room.watch(Boat, room.feed.revision));
});

test("the watchers of a kind that is removed are told everything, and then that it is over", async () => {
  await using room = await Room.open();
  const Boat = boatKind();
  await room.resources.serve(Boat);
  const { watcher } = room.feed.cache(Boat).watch({ namespace: "" }, undefined);
  const watch = room.watch(Boat);
  await room.write("a");
  await room.remove("a");
  await room.resources.remove(Boat);
  await settle();
  assert.deepEqual(watch, { told: ["ADDED a", "DELETED a"], ended: true });
  assert.equal(watcher.closed, false);
  assert.equal(watcher.take()?.items.length, 2);
  assert.equal(watcher.closed, true);
  assert.deepEqual(room.kinds.scheme.kinds, []);
  assert.throws(() => room.feed.cache(Boat), /is not stored/);
  assert.deepEqual([...room.feed.caches], []);
});

test("a request that is under way ends by the kind it began with, and the kind is gone only then", async () => {
  await using room = await Room.open();
  const Boat = boatKind();
  await room.resources.serve(Boat);
  const cache = room.feed.cache(Boat);
  let isRemoved = false;
  const one = cache.use();
  const other = cache.use();
  const removing = room.resources.remove(Boat).then(() => (isRemoved = true));
  await room.write("late");
  assert.ok(cache.get("n/late"));
  assert.deepEqual(room.kinds.scheme.kinds, []);
  assert.deepEqual([...room.feed.caches], []);
  one[Symbol.dispose]();
  await settle();
  assert.equal(isRemoved, false);
  const tooLate = cache.watch({ namespace: "" }, undefined).watcher;
  assert.equal(tooLate.closed, true);
  other[Symbol.dispose]();
  await removing;
  assert.equal(cache.snapshot().size, 0);
});

test("a kind may come again after it was removed", async () => {
  await using room = await Room.open();
  await room.resources.serve(boatKind());
  await room.write("a");
  await room.resources.remove(room.kinds.scheme.kinds[0]!);
  await room.remove("a");
  await room.write("b");
  const again = boatKind();
  await room.resources.serve(again);
  assert.deepEqual(room.shown(again), { "n/b": 1 });
});

test("watchers of a kind that is replaced end, and watch on from where they are without a list", async () => {
  await using room = await Room.open();
  const [Old, New] = [boatKind(), boatKind()];
  await room.resources.serve(Old);
  const watch = room.watch(Old);
  const revision = await room.write("a");
  const other = await room.store.commit("/registry/elsewhere/x", { expected: "any", value: Buffer.from("{}") });
  assert.ok("revision" in other);
  await room.feed.waitFor(other.revision);
  await room.resources.replace(Old, New);
  await settle();
  assert.deepEqual(watch, { told: ["ADDED a"], ended: true });
  const resumed = room.watch(New, revision);
  await room.write("b");
  await settle();
  assert.deepEqual(resumed, { told: ["ADDED b"], ended: false });
  assert.equal(room.feed.cache(New).get("n/a")?.kind, New);
  assert.equal(room.kinds.scheme.byResource("example.org/v1", "boats"), New);
  await room.resources.remove(New);
  assert.deepEqual(room.kinds.scheme.kinds, []);
});

test("a kind whose name is taken is refused and leaves nothing behind", async () => {
  await using room = await Room.open();
  const Boat = boatKind();
  await room.resources.serve(Boat);
  const rival = boatKind({ plural: "barges" });
  await assert.rejects(room.resources.serve(rival), /is served twice/);
  assert.throws(() => room.feed.cache(rival), /is not stored/);
  await room.write("a");
  assert.deepEqual(room.shown(Boat), { "n/a": 1 });
});

test("a kind that cannot be loaded is not served, and can be tried again", async () => {
  await using room = await Room.open();
  let reads = 0;
  const Boat = new Proxy(boatKind(), {
    get: (target, name) => {
      reads++;
      return Reflect.get(target, name) as unknown;
    },
  });
  room.gate.held = new AsyncQueue();
  room.gate.held.fail(new Error("the store is away"));
  await assert.rejects(room.resources.serve(Boat), /the store is away/);
  assert.deepEqual(room.kinds.scheme.kinds, []);
  room.gate.held = undefined;
  reads = 0;
  await room.write("before");
  assert.equal(reads, 0);
  await room.resources.serve(Boat);
  await room.write("a");
  assert.deepEqual(room.shown(Boat), { "n/a": 1, "n/before": 1 });
});

test("watches of a replacement that is stored elsewhere cannot go back to before it", async () => {
  await using room = await Room.open();
  const [Old, New] = [boatKind(), boatKind({ plural: "barges" })];
  await room.resources.serve(Old);
  const revision = await room.write("a");
  const other = await room.store.commit("/registry/example.org/barges/n/b", { expected: "any", value: textOf("b") });
  assert.ok("revision" in other);
  await room.feed.waitFor(other.revision);
  await room.resources.replace(Old, New);
  assert.deepEqual(room.shown(New), { "n/b": 1 });
  assert.throws(() => room.watch(New, revision), { reason: "Expired" });
});
