import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { silentLogger, systemClock, systemRandom, type FakeClock } from "@dingi/base";
import { Etcd, whyNoEtcd } from "../../../../test/upstream/etcd.ts";
import { StoreUnavailableError } from "../errors.ts";
import { storeContract } from "../contract/store-contract.ts";
import { CompactedError, type StoreEvent } from "../store.ts";
import type { WatchLimits } from "../watch/watcher.ts";
import { clearEtcd, inspectEtcd } from "./administration.ts";
import { openEtcdStore } from "./etcd-store.ts";
import { ShiftedStore } from "./testing/shifted-store.ts";

const common = { clock: systemClock, random: systemRandom, logger: silentLogger };
const bytes = (text: string) => new TextEncoder().encode(text);
const skip = whyNoEtcd();

if (skip) test("etcd store", { skip }, () => {});
else suite("an etcd", () => testInOneEtcd());

function testInOneEtcd(): void {
  let etcd: Etcd;
  let opened = 0;
  before(async () => {
    etcd = await Etcd.start({ fsync: false });
  });
  after(async () => await etcd[Symbol.asyncDispose]());

  /** A new prefix. */
  const place = () => ({ servers: [etcd.url], prefix: `/test-${opened++}`, clock: systemClock });

  storeContract({
    name: "etcd",
    // A look at the past takes etcd a tenth of a second.
    modelRuns: 8,
    open: async (options: { clock: FakeClock; watchLimits?: WatchLimits }) => {
      const { clock: ttlClock, ...others } = options;
      const where = place();
      const store = await openEtcdStore({ ...common, ...where, ...others, ttlClock, root: "" });
      // What is left would go with its leases, which raises the revision.
      const clear = async () => void (await clearEtcd(where));
      return new ShiftedStore(store, { by: (await store.readRevision()) - 1, clear });
    },
  });

  suite("etcd store: with others", () => {
    test("two prefixes do not meet, and neither waits for what is the other's", async () => {
      const [here, there] = [place(), place()];
      await using one = await openEtcdStore({ ...common, ...here });
      await using other = await openEtcdStore({ ...common, ...there });
      const before = await one.readRevision();
      for (let i = 0; i < 3; i++) await other.commit(`/registry/pods/a/${i}`, { expected: 0, value: bytes("x") });
      assert.equal(await one.readRevision(), before);
      assert.deepEqual((await one.range("/registry/")).entries, []);
      await one.commit("/registry/pods/a/0", { expected: 0, value: bytes("mine") });
      assert.deepEqual((await other.get("/registry/pods/a/0"))?.value, bytes("x"));
      assert.equal((await inspectEtcd(there)).keys, 3);
      assert.equal(await clearEtcd(there), 3);
      assert.equal((await inspectEtcd(here)).keys, 1);
    });

    test("two stores of one prefix see each other's writes, and clear what each wrote for a time", async () => {
      const where = place();
      await using one = await openEtcdStore({ ...common, ...where });
      await using other = await openEtcdStore({ ...common, ...where });
      const first = await one.readRevision();
      const written = await other.commit("/registry/e", { expected: 0, value: bytes("1"), ttlMs: 1 });
      assert.ok("revision" in written);
      assert.equal(await one.readRevision(), written.revision);
      assert.equal(await one.expire(Number.MAX_SAFE_INTEGER), 0);
      await one.commit("/registry/e", { expected: "any", value: bytes("2") });
      await other.readRevision();
      assert.equal(await other.expire(Number.MAX_SAFE_INTEGER), 0);
      assert.deepEqual((await one.get("/registry/e"))?.value, bytes("2"));
      const { signal } = new AbortController();
      const seen: StoreEvent[] = [];
      for await (const events of one.watch({ prefix: "/registry/", after: first, signal })) {
        seen.push(...events);
        if (seen.length === 2) break;
      }
      assert.deepEqual(seen[1]?.previous?.revision, written.revision);
    });

    test("what others have compacted is gone here, too", async () => {
      const where = place();
      await using one = await openEtcdStore({ ...common, ...where });
      await using other = await openEtcdStore({ ...common, ...where });
      const put = (value: string) => other.commit("/registry/a", { expected: "any", value: bytes(value) });
      await put("1");
      await put("2");
      const revision = await one.readRevision();
      await other.compact(revision);
      const isCompacted = (error: unknown) => error instanceof CompactedError && error.compactedRevision === revision;
      await assert.rejects(one.range("/registry/", { revision: revision - 1 }), isCompacted);
      const { signal } = new AbortController();
      const past = one.watch({ prefix: "/registry/", after: revision - 1, signal });
      await assert.rejects(Array.fromAsync(past), isCompacted);
    });

    test("what goes at one revision, as with a lease, is told together", async () => {
      const where = place();
      await using store = await openEtcdStore({ ...common, ...where });
      for (const name of ["a", "b", "c"]) {
        await store.commit(`/registry/${name}`, { expected: 0, value: bytes(name), ttlMs: 1000 });
      }
      const after = await store.readRevision();
      assert.equal(await clearEtcd(where), 3);
      const { signal } = new AbortController();
      const watch = store.watch({ prefix: "/registry/", after, signal })[Symbol.asyncIterator]();
      const events: readonly StoreEvent[] = (await watch.next()).value;
      assert.deepEqual(
        events.map(({ type, key, revision, previous }) => [type, key, revision - after, previous?.key === key]),
        ["a", "b", "c"].map((name) => ["delete", `/registry/${name}`, 1, true]),
      );
      await watch.return?.();
      assert.equal(await store.expire(Number.MAX_SAFE_INTEGER), 0);
    });

    test("a value that is larger than etcd takes is refused in etcd's words", async () => {
      await using store = await openEtcdStore({ ...common, ...place() });
      const value = new Uint8Array(3_000_000);
      await assert.rejects(
        store.commit("/registry/a", { expected: 0, value }),
        (error) =>
          error instanceof StoreUnavailableError &&
          error.reason === "Refused" &&
          /larger than|too large/.test(error.message),
      );
      assert.equal(await store.get("/registry/a"), undefined);
    });

    test("a server that does not answer is passed over", async () => {
      const where = place();
      const servers = ["http://127.0.0.1:1", ...where.servers];
      await using store = await openEtcdStore({ ...common, ...where, servers });
      assert.ok("revision" in (await store.commit("/registry/a", { expected: 0, value: bytes("1") })));
    });
  });
}
