import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { FakeClock, settle } from "@dingi/base";
import fc from "fast-check";
import { SlowWatcherError, StoreUnavailableError } from "../errors.ts";
import { modelProperty } from "./store-model.ts";
import { CompactedError, FutureRevisionError } from "../store.ts";
import type { Revision, Store, StoreEvent } from "../store.ts";
import type { WatchLimits } from "../watch/watcher.ts";

interface Backend {
  readonly name: string;
  /** Of random sequences; 40 when absent. */
  readonly modelRuns?: number;
  /** An empty store. */
  open(options: { readonly clock: FakeClock; readonly watchLimits?: WatchLimits }): Promise<Store>;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => (value ? new TextDecoder().decode(value) : undefined);
const POD = "/registry/pods/default/a";

async function put(store: Store, key: string, value: string, expected: Revision | "any" = "any"): Promise<Revision> {
  const result = await store.commit(key, { expected, value: bytes(value) });
  assert.ok("revision" in result, `The put of "${key}" met a conflict`);
  return result.revision;
}

async function remove(store: Store, key: string): Promise<Revision> {
  const result = await store.commit(key, { expected: "any" });
  assert.ok("revision" in result, `The deletion of "${key}" met a conflict`);
  return result.revision;
}

async function conflictOf(store: Store, key: string, expected: Revision | "any", value?: string) {
  const result = await store.commit(key, { expected, ...(value !== undefined && { value: bytes(value) }) });
  assert.ok("conflict" in result, `The write of "${key}" met no conflict`);
  return result.conflict;
}

/** `put a=1`, `delete a was 1`: one line per event. */
function lines(events: Iterable<StoreEvent>): string[] {
  return Array.from(events, ({ type, key, value, previous }) =>
    [type, `${key}${value ? `=${text(value)}` : ""}`, ...(previous ? [`was ${text(previous.value)}`] : [])].join(" "),
  );
}

/** The first `count` events of a watch. */
async function take(
  store: Store,
  prefix: string,
  { after, count }: { after: Revision; count: number },
): Promise<StoreEvent[]> {
  const seen: StoreEvent[] = [];
  const { signal } = new AbortController();
  for await (const events of store.watch({ prefix, after, signal })) {
    seen.push(...events);
    if (seen.length >= count) break;
  }
  return seen;
}

/** What every Store does. Upstream: apiserver/pkg/storage/testing/store_tests.go, watcher_tests.go; etcd's API guarantees */
export function storeContract({ name, open, modelRuns = 40 }: Backend): void {
  const opened = (options: { watchLimits?: WatchLimits } = {}) => open({ clock: new FakeClock(), ...options });

  suite(`${name} store: writes`, () => {
    test("an empty store has revision 1 and each commit raises it by one", async () => {
      await using store = await opened();
      assert.equal(await store.readRevision(), 1);
      assert.deepEqual(
        [await put(store, "/a", "1"), await put(store, "/b", "1"), await remove(store, "/a")],
        [2, 3, 4],
      );
      assert.equal(await store.readRevision(), 4);
    });

    test("an entry keeps the revision of its creation and shows that of its last write", async () => {
      await using store = await opened();
      await put(store, POD, "1");
      await put(store, POD, "2");
      assert.deepEqual({ ...(await store.get(POD)) }, { key: POD, value: bytes("2"), createRevision: 2, revision: 3 });
      await remove(store, POD);
      assert.equal(await store.get(POD), undefined);
      await put(store, POD, "3");
      assert.equal((await store.get(POD))?.createRevision, 5);
    });

    test("a condition that fails changes nothing and shows what the key holds", async () => {
      await using store = await opened();
      const revision = await put(store, POD, "1", 0);
      assert.equal(text((await conflictOf(store, POD, 0, "2"))?.value), "1");
      assert.equal((await conflictOf(store, POD, revision + 7, "2"))?.revision, revision);
      assert.equal((await conflictOf(store, POD, revision - 1))?.revision, revision);
      assert.equal(await conflictOf(store, "/none", 5, "2"), undefined);
      assert.equal(await store.readRevision(), revision);
      assert.equal(await put(store, POD, "2", revision), revision + 1);
    });

    test("a deletion of what does not exist is a conflict of nothing and makes no revision", async () => {
      await using store = await opened();
      assert.equal(await conflictOf(store, POD, "any"), undefined);
      assert.equal(await conflictOf(store, POD, 0), undefined);
      assert.equal(await store.readRevision(), 1);
    });

    test("the answer to a write holds what was there before", async () => {
      await using store = await opened();
      await put(store, POD, "1");
      const result = await store.commit(POD, { expected: "any", value: bytes("2") });
      assert.ok("previous" in result);
      assert.deepEqual([text(result.previous?.value), result.previous?.revision], ["1", 2]);
    });

    test("of many who write at once under one condition exactly one succeeds, and the others harm nobody", async () => {
      await using store = await opened();
      const contenders = Array.from({ length: 20 }, (_, i) =>
        store.commit(POD, { expected: 0, value: bytes(String(i)) }),
      );
      const bystanders = Array.from({ length: 20 }, (_, i) => put(store, `/other/${i}`, "x"));
      const won = (await Promise.all(contenders)).filter((result) => "revision" in result);
      assert.equal(won.length, 1);
      assert.equal(new Set(await Promise.all(bystanders)).size, 20);
      assert.equal(await store.readRevision(), 22);
    });

    test("values keep every byte, also none at all, and a slice of a pooled buffer is copied out", async () => {
      await using store = await opened();
      const every = Uint8Array.from({ length: 256 }, (_, i) => i);
      await store.commit("/every", { expected: 0, value: every });
      await store.commit("/empty", { expected: 0, value: new Uint8Array(0) });
      await store.commit("/slice", { expected: 0, value: Buffer.from("pooled") });
      assert.deepEqual((await store.get("/every"))?.value, every);
      assert.deepEqual((await store.get("/empty"))?.value, new Uint8Array(0));
      const slice = (await store.get("/slice"))!.value;
      assert.deepEqual([slice, slice.buffer.byteLength], [bytes("pooled"), 6]);
    });

    test("a key that is not printable ASCII is refused", async () => {
      await using store = await opened();
      for (const key of ["", "/registry/\n", "/registry/\u00e9"]) {
        await assert.rejects(store.commit(key, { expected: 0, value: bytes("1") }), /not printable ASCII/);
      }
    });
  });

  suite(`${name} store: ranges`, () => {
    const fill = async (store: Store, count: number) => {
      const names = Array.from({ length: count }, (_, i) => `/registry/pods/p${String(i).padStart(4, "0")}`);
      await Promise.all([...names, "/registry/podsets/x", "/registry/nodes/n"].map((key) => put(store, key, key)));
      return names;
    };
    const keysOf = ({ entries }: { entries: readonly { key: string }[] }) => entries.map((entry) => entry.key);

    test("a range holds the keys of its prefix in order", async () => {
      await using store = await opened();
      const names = await fill(store, 30);
      const all = await store.range("/registry/pods/");
      assert.deepEqual(keysOf(all), names);
      assert.deepEqual([all.remaining, all.revision], [0, await store.readRevision()]);
      assert.equal((await store.range("")).entries.length, 32);
      assert.deepEqual(await store.range("/none/"), { entries: [], revision: all.revision, remaining: 0 });
    });

    test("pages at one revision join without gap or repetition while writes go on", async () => {
      await using store = await opened();
      const names = await fill(store, 95);
      const seen: string[] = [];
      let page = await store.range("/registry/pods/", { limit: 10 });
      const { revision } = page;
      for (let i = 0; ; i++) {
        seen.push(...keysOf(page));
        assert.equal(page.remaining, names.length - seen.length);
        assert.equal(page.revision, revision);
        if (page.remaining === 0) break;
        await remove(store, names[i]!);
        await remove(store, names[94 - i]!);
        await put(store, `/registry/pods/p9${i}`, "new");
        await put(store, names[50]!, "changed");
        page = await store.range("/registry/pods/", { limit: 10, after: seen.at(-1)!, revision });
      }
      assert.deepEqual(seen, names);
      const then = await store.range("/registry/pods/", { revision, after: names[49]!, limit: 1 });
      assert.equal(text(then.entries[0]?.value), names[50]);
    });

    test("a limit of 0 counts", async () => {
      await using store = await opened();
      await fill(store, 7);
      const { entries, remaining } = await store.range("/registry/pods/", { limit: 0 });
      assert.deepEqual([entries.length, remaining], [0, 7]);
    });

    test("a range of many megabytes is whole and in order", async () => {
      await using store = await opened();
      const value = new Uint8Array(300_000);
      const names = Array.from({ length: 20 }, (_, i) => `/big/${String(i).padStart(3, "0")}`);
      await Promise.all(names.map((key) => store.commit(key, { expected: 0, value })));
      const all = await store.range("/big/");
      assert.deepEqual([keysOf(all), all.remaining], [names, 0]);
      const some = await store.range("/big/", { limit: 15 });
      assert.deepEqual([some.entries.length, some.remaining], [15, 5]);
    });

    test("the future cannot be read", async () => {
      await using store = await opened();
      await assert.rejects(store.range("/", { revision: 2 }), FutureRevisionError);
    });

    test("an aborted range throws the reason", async () => {
      await using store = await opened();
      await assert.rejects(store.range("/", { signal: AbortSignal.abort(new Error("Enough")) }), /Enough/);
    });
  });

  suite(`${name} store: watches`, () => {
    test("events show what changed and what was before, in order of revision", async () => {
      await using store = await opened();
      await put(store, "/w/a", "1");
      await put(store, "/x/a", "1");
      await put(store, "/w/a", "2");
      await remove(store, "/w/a");
      const events = await take(store, "/w/", { after: 1, count: 3 });
      assert.deepEqual(lines(events), ["put /w/a=1", "put /w/a=2 was 1", "delete /w/a was 2"]);
      assert.deepEqual(
        events.map(({ revision, createRevision, previous }) => [revision, createRevision, previous?.revision]),
        [
          [2, 2, undefined],
          [4, 2, 2],
          [5, 2, 4],
        ],
      );
    });

    test("history and live events join without gap or repetition while writers write", async () => {
      await using store = await opened();
      for (let i = 0; i < 100; i++) await put(store, `/w/${i % 7}`, String(i));
      const writing = Promise.all(Array.from({ length: 300 }, (_, i) => put(store, `/w/${i % 11}`, String(i))));
      const watching = [1, 50, 101].map((after) => take(store, "/w/", { after, count: 401 - after }));
      await put(store, "/w/1", "between");
      const late = take(store, "/w/", { after: 90, count: 312 });
      await writing;
      for (const [i, events] of (await Promise.all([...watching, late])).entries()) {
        const first = [2, 51, 102, 91][i]!;
        assert.deepEqual(
          events.map((event) => event.revision),
          events.map((_, at) => first + at),
        );
      }
    });

    test("live events equal the same events read as history", async () => {
      await using store = await opened();
      const live = take(store, "/w/", { after: 1, count: 4 });
      await settle();
      await put(store, "/w/a", "1");
      await put(store, "/w/a", "2");
      await remove(store, "/w/a");
      await put(store, "/w/a", "3");
      assert.deepEqual(await live, await take(store, "/w/", { after: 1, count: 4 }));
    });

    test("a watcher that waits has seen a commit before its writer goes on", async () => {
      await using store = await opened();
      const controller = new AbortController();
      const order: string[] = [];
      const watching = (async () => {
        for await (const events of store.watch({ prefix: "/", after: 1, signal: controller.signal })) {
          order.push(...events.map((event) => `seen ${event.revision}`));
        }
      })();
      await settle();
      for (let i = 0; i < 3; i++) order.push(`written ${await put(store, POD, String(i))}`);
      assert.deepEqual(order, ["seen 2", "written 2", "seen 3", "written 3", "seen 4", "written 4"]);
      controller.abort(new Error("Enough"));
      await assert.rejects(watching, /Enough/);
    });

    test("a watch from the future waits for what is newer", async () => {
      await using store = await opened();
      const future = take(store, "/", { after: 3, count: 1 });
      await settle();
      for (const value of ["2", "3", "4"]) await put(store, POD, value);
      assert.deepEqual(lines(await future), [`put ${POD}=4 was 3`]);
    });

    test("a watch ends by throwing the reason, at once when it was aborted before", async () => {
      await using store = await opened();
      const controller = new AbortController();
      const waiting = take({ ...store, watch: (o) => store.watch({ ...o, signal: controller.signal }) }, "/", {
        after: 1,
        count: 1,
      });
      await settle();
      controller.abort(new Error("Enough"));
      await assert.rejects(waiting, /Enough/);
      const late = store.watch({ prefix: "/", after: 1, signal: controller.signal });
      await assert.rejects(Array.fromAsync(late), /Enough/);
    });

    test("a watcher that does not take its events is cut off, the others go on", async () => {
      await using store = await opened({ watchLimits: { pendingEvents: 10, pendingBytes: 1000 } });
      const { signal } = new AbortController();
      const [many, large] = [
        store.watch({ prefix: "/many/", after: 1, signal }),
        store.watch({ prefix: "/large/", after: 1, signal }),
      ];
      const slow = [many[Symbol.asyncIterator](), large[Symbol.asyncIterator]()];
      const quick = take(store, "/", { after: 1, count: 13 });
      for (let i = 0; i < 11; i++) await put(store, "/many/a", String(i));
      for (let i = 0; i < 2; i++) await put(store, "/large/a", "x".repeat(600));
      for (const iterator of slow) await assert.rejects(iterator.next(), SlowWatcherError);
      assert.equal((await quick).length, 13);
    });
  });

  suite(`${name} store: compaction`, () => {
    test("reads and watches below it are refused, at and above it they work", async () => {
      await using store = await opened();
      await put(store, "/a", "1");
      await put(store, "/b", "1");
      await put(store, "/a", "2");
      await remove(store, "/b");
      await put(store, "/b", "2");
      await store.compact(4);
      await assert.rejects(
        store.range("/", { revision: 3 }),
        (error) => error instanceof CompactedError && error.compactedRevision === 4,
      );
      await assert.rejects(take(store, "/", { after: 3, count: 1 }), CompactedError);
      await assert.rejects(take(store, "/", { after: 0, count: 1 }), CompactedError);
      const at4 = await store.range("/", { revision: 4 });
      assert.deepEqual(
        at4.entries.map((entry) => text(entry.value)),
        ["2", "1"],
      );
      assert.deepEqual(lines(await take(store, "/", { after: 4, count: 2 })), ["delete /b was 1", "put /b=2"]);
    });

    test("the newest values stay, and the revision does not fall", async () => {
      await using store = await opened();
      await put(store, "/a", "1");
      await put(store, "/b", "1");
      await remove(store, "/b");
      await store.compact(4);
      assert.equal(text((await store.get("/a"))?.value), "1");
      assert.equal(await store.readRevision(), 4);
      assert.equal(await put(store, "/b", "2"), 5);
      assert.deepEqual(lines(await take(store, "/", { after: 4, count: 1 })), ["put /b=2"]);
    });

    test("an older compaction changes nothing and one of the future is refused", async () => {
      await using store = await opened();
      for (const value of ["1", "2", "3"]) await put(store, "/a", value);
      await store.compact(3);
      await store.compact(2);
      await store.compact(3);
      assert.equal((await store.range("/", { revision: 3 })).entries.length, 1);
      await assert.rejects(store.compact(9), FutureRevisionError);
    });
  });

  suite(`${name} store: TTL`, () => {
    test("keys go when their time has come, with an event", async () => {
      const clock = new FakeClock();
      await using store = await open({ clock });
      await store.commit("/e/1", { expected: 0, value: bytes("1"), ttlMs: 1000 });
      await clock.advance(500);
      await store.commit("/e/2", { expected: 0, value: bytes("2"), ttlMs: 1000 });
      await put(store, "/e/3", "3");
      assert.equal(await store.expire(clock.now() + 499), 0);
      assert.equal(await store.expire(clock.now() + 500), 1);
      assert.equal(await store.expire(clock.now() + 1_000_000), 1);
      assert.deepEqual(
        (await store.range("/e/")).entries.map((entry) => entry.key),
        ["/e/3"],
      );
      const deletions = await take(store, "/e/", { after: 4, count: 2 });
      assert.deepEqual(lines(deletions), ["delete /e/1 was 1", "delete /e/2 was 2"]);
    });

    test("a write without TTL takes an earlier one away, one with TTL starts it anew", async () => {
      const clock = new FakeClock();
      await using store = await open({ clock });
      for (const key of ["/kept", "/renewed"]) await store.commit(key, { expected: 0, value: bytes("1"), ttlMs: 1000 });
      await put(store, "/kept", "2");
      await clock.advance(900);
      await store.commit("/renewed", { expected: "any", value: bytes("2"), ttlMs: 1000 });
      assert.equal(await store.expire(clock.now() + 500), 0);
      assert.equal(await store.expire(clock.now() + 1000), 1);
      assert.equal(text((await store.get("/kept"))?.value), "2");
    });

    test("a deletion takes the TTL away", async () => {
      const clock = new FakeClock();
      await using store = await open({ clock });
      await store.commit("/a", { expected: 0, value: bytes("1"), ttlMs: 1000 });
      await remove(store, "/a");
      await put(store, "/a", "2");
      assert.equal(await store.expire(clock.now() + 5000), 0);
    });

    test("more keys than one step deletes all go", async () => {
      const clock = new FakeClock();
      await using store = await open({ clock });
      const keys = Array.from({ length: 1203 }, (_, i) => `/e/${i}`);
      await Promise.all(keys.map((key) => store.commit(key, { expected: 0, value: bytes("1"), ttlMs: 10 })));
      assert.equal(await store.expire(clock.now() + 10), 1203);
      assert.equal((await store.range("/e/")).entries.length, 0);
    });
  });

  suite(`${name} store: as a whole`, () => {
    test("any sequence of operations equals a simple model", async () => {
      await fc.assert(modelProperty(open), { numRuns: modelRuns, seed: 7 });
    });

    test("a closed store refuses everything and ends its watches", async () => {
      const store = await opened();
      const watching = take(store, "/", { after: 1, count: 1 });
      await settle();
      const written = put(store, POD, "x");
      await store[Symbol.asyncDispose]();
      await written;
      await watching;
      const unavailable = (promise: Promise<unknown>) =>
        assert.rejects(promise, (error) => error instanceof StoreUnavailableError && error.reason === "Closed");
      await unavailable(store.get(POD));
      await unavailable(store.range("/"));
      await unavailable(store.readRevision());
      await unavailable(store.commit(POD, { expected: 0 }));
      await unavailable(store.compact(1));
      await unavailable(store.expire(0));
      await unavailable(take(store, "/", { after: 1, count: 1 }));
      await store[Symbol.asyncDispose]();
    });
  });
}
