import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { V1Lease } from "@dingi/api";
import { newAlreadyExists, newConflict, newNotFound, type WatchEvent } from "@dingi/apimachinery";
import { aborted, FakeClock, seededRandom, silentLogger } from "@dingi/base";
import { Client } from "../client.ts";
import type { Transport, TransportRequest } from "../transport/transport.ts";
import { LeadershipLostError, runAsLeader, type LeaderElectionOptions } from "./leader-elector.ts";

const LEASES = { group: "coordination.k8s.io", resource: "leases" };

/** A server that has one lease. */
class LeaseServer implements Transport {
  #lease: V1Lease | undefined;
  #changed = Promise.withResolvers<void>();
  #deleted = false;
  /** Set: nothing is answered any more. */
  down = false;
  /** Set: watches are refused. */
  blind = false;

  get lease(): V1Lease | undefined {
    return this.#lease;
  }

  set lease(lease: V1Lease | undefined) {
    this.#deleted = lease === undefined;
    this.#lease = lease;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  request(request: TransportRequest): Promise<unknown> {
    if (this.down) return Promise.reject(new Error("Connection refused"));
    const body = request.body as V1Lease | undefined;
    if (request.method === "GET")
      return this.lease ? Promise.resolve(this.lease) : Promise.reject(newNotFound(LEASES, "lock"));
    if (request.method === "POST" && this.lease) return Promise.reject(newAlreadyExists(LEASES, "lock"));
    const revision = this.lease?.metadata.resourceVersion ?? "0";
    if (request.method === "PUT" && body?.metadata.resourceVersion !== revision)
      return Promise.reject(newConflict(LEASES, "lock", "it was changed"));
    this.lease = { ...body!, metadata: { ...body!.metadata, resourceVersion: String(Number(revision) + 1) } };
    return Promise.resolve(this.lease);
  }

  stream(): never {
    throw new Error("Not asked for");
  }

  async *watch({ query, signal }: TransportRequest): AsyncGenerator<WatchEvent[]> {
    assert.equal(query?.get("fieldSelector"), "metadata.name=lock");
    const seen = query?.get("resourceVersion");
    if (this.blind) throw new Error("Forbidden");
    while (!signal?.aborted) {
      if (this.#deleted) yield [{ type: "DELETED", object: {} as V1Lease }];
      else if (this.lease?.metadata.resourceVersion !== seen) yield [{ type: "MODIFIED", object: this.lease! }];
      await Promise.race([this.#changed.promise, aborted(signal!)]);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

function setUp() {
  const clock = new FakeClock();
  const server = new LeaseServer();
  const log: string[] = [];
  const candidate = (identity: string, more: Partial<LeaderElectionOptions> = {}, ends?: Promise<void>) => {
    const stop = new AbortController();
    const options = {
      client: new Client(server),
      clock,
      random: seededRandom(1),
      logger: silentLogger,
      lock: { namespace: "kube-system", name: "lock" },
      identity,
      onNewLeader: (leader: string) => void log.push(`${identity} sees ${leader}`),
      ...more,
    };
    const done = runAsLeader(
      options,
      async (signal) => {
        log.push(`${identity} leads`);
        await Promise.race([aborted(signal), ...(ends ? [ends] : [])]);
        log.push(`${identity} stops`);
      },
      stop.signal,
    );
    done.catch(() => {});
    return { done, stop: () => stop.abort(new Error("Enough")) };
  };
  const led = () => log.filter((line) => !line.includes(" sees "));
  /** As if somebody had held it since the clock began. */
  const held = (spec: object, metadata: object = {}) => {
    const before = { holderIdentity: "gone", leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.000000Z" };
    server.lease = {
      metadata: { namespace: "kube-system", name: "lock", resourceVersion: "4", ...metadata },
      spec: { ...before, ...spec },
    } as V1Lease;
  };
  return { clock, server, log, led, held, candidate };
}

suite("leader election", () => {
  test("the first candidate leads and renews; the second waits", async () => {
    const { clock, server, led, candidate } = setUp();
    const [a, b] = [candidate("a"), candidate("b")];
    await clock.advance(60_000);
    assert.deepEqual(led(), ["a leads"]);
    assert.equal(server.lease?.spec?.holderIdentity, "a");
    assert.equal(server.lease?.spec?.leaseTransitions, 0);
    assert.ok(Date.parse(server.lease?.spec?.renewTime ?? "") > clock.now() - 5_000);
    a.stop();
    b.stop();
    await clock.advance(10);
    await Promise.all([a.done, b.done]);
  });

  test("a leader that stops gives the lease back, and another that watches takes it at once", async () => {
    const { clock, led, server, candidate } = setUp();
    const a = candidate("a");
    await clock.advance(100);
    const b = candidate("b");
    await clock.advance(3_000);
    a.stop();
    await a.done;
    await clock.advance(1);
    assert.deepEqual(led(), ["a leads", "a stops", "b leads"]);
    assert.equal(server.lease?.spec?.leaseTransitions, 1);
    b.stop();
    await b.done;
    assert.equal(server.lease?.spec?.holderIdentity, "");
  });

  test("one that may not watch asks again every retry period", async () => {
    const { clock, led, server, candidate } = setUp();
    server.blind = true;
    const a = candidate("a");
    await clock.advance(100);
    const b = candidate("b");
    await clock.advance(3_000);
    a.stop();
    await a.done;
    await clock.advance(1);
    assert.deepEqual(led(), ["a leads", "a stops"]);
    await clock.advance(4_500);
    assert.deepEqual(led(), ["a leads", "a stops", "b leads"]);
    b.stop();
    await b.done;
  });

  test("a lease is taken at the end of its term, counted from the last renewal that was seen", async () => {
    const { clock, led, server, candidate } = setUp();
    const spec = { holderIdentity: "gone", leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.000000Z" };
    const metadata = { namespace: "kube-system", name: "lock", resourceVersion: "4" };
    server.lease = { metadata, spec } as V1Lease;
    const b = candidate("b");
    await clock.advance(10_000);
    server.lease = {
      metadata: { ...metadata, resourceVersion: "5" },
      spec: { ...spec, renewTime: "2026-01-01T00:00:10.000000Z" },
    } as V1Lease;
    await clock.advance(14_999);
    assert.deepEqual(led(), []);
    await clock.advance(2);
    assert.deepEqual(led(), ["b leads"]);
    b.stop();
    await b.done;
  });

  test("a leader that cannot renew stops before another may lead", async () => {
    const { clock, server, led, candidate } = setUp();
    const a = candidate("a");
    await clock.advance(100);
    server.down = true;
    await clock.advance(13_000);
    assert.deepEqual(led(), ["a leads", "a stops"]);
    await assert.rejects(a.done, LeadershipLostError);
  });

  test("a lease whose holder is silent is taken once its term has passed by one's own clock", async () => {
    const { clock, server, led, candidate } = setUp();
    // The holder's clock is an hour ahead.
    const spec = { holderIdentity: "gone", leaseDurationSeconds: 15, renewTime: "2026-01-01T01:00:00.000000Z" };
    server.lease = { metadata: { namespace: "kube-system", name: "lock", resourceVersion: "4" }, spec } as V1Lease;
    const b = candidate("b");
    await clock.advance(14_000);
    assert.deepEqual(led(), []);
    await clock.advance(6_000);
    assert.deepEqual(led(), ["b leads"]);
    b.stop();
    await b.done;
  });

  test("a lease that another took away ends the leader's work", async () => {
    const { clock, server, led, candidate } = setUp();
    const a = candidate("a");
    await clock.advance(100);
    server.lease = {
      ...server.lease!,
      metadata: { ...server.lease!.metadata, resourceVersion: "9" },
      spec: { holderIdentity: "thief", leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.000000Z" },
    };
    await clock.advance(2_500);
    assert.deepEqual(led(), ["a leads", "a stops"]);
    await assert.rejects(a.done, LeadershipLostError);
  });

  test("what cannot work is refused", async () => {
    const { candidate } = setUp();
    const refused = (more: Partial<LeaderElectionOptions>) => assert.rejects(candidate("a", more).done, RangeError);
    await refused({ leaseDurationMs: 10_000 });
    await refused({ renewDeadlineMs: 15_000 });
    await refused({ renewDeadlineMs: 2_400 });
    await refused({ retryPeriodMs: 10_000 });
    const one = candidate("a", { leaseDurationMs: 10_001, renewDeadlineMs: 10_000, retryPeriodMs: 8_333 });
    one.stop();
    await one.done;
  });

  test("every new leader is told of once, and that nobody leads not at all", async () => {
    const { clock, log, candidate } = setUp();
    const a = candidate("a");
    await clock.advance(100);
    const b = candidate("b");
    await clock.advance(10_000);
    a.stop();
    await a.done;
    await clock.advance(10_000);
    const told = log.filter((line) => line.includes(" sees "));
    assert.deepEqual(told, ["a sees a", "b sees a", "b sees b"]);
    b.stop();
    await b.done;
  });

  test("the lease says since when it is held, and how often it has changed hands", async () => {
    const { clock, server, held, candidate } = setUp();
    held({ leaseTransitions: 6, acquireTime: "2025-12-31T00:00:00.000000Z", strategy: "x" });
    const a = candidate("a");
    await clock.advance(15_000);
    const taken = server.lease?.spec;
    assert.deepEqual(taken, {
      holderIdentity: "a",
      leaseDurationSeconds: 15,
      leaseTransitions: 7,
      acquireTime: "2026-01-01T00:00:15.000000Z",
      renewTime: "2026-01-01T00:00:15.000000Z",
      strategy: "x",
    });
    await clock.advance(2_000);
    assert.deepEqual(server.lease?.spec, { ...taken, renewTime: "2026-01-01T00:00:17.000000Z" });
    a.stop();
    await a.done;
    const now = "2026-01-01T00:00:17.000000Z";
    const back = { holderIdentity: "", leaseDurationSeconds: 1, acquireTime: now, renewTime: now };
    assert.deepEqual(server.lease?.spec, { ...taken, ...back });
  });

  test("who comes back under his name goes on without a wait", async () => {
    const { clock, server, led, held, candidate } = setUp();
    held({ holderIdentity: "a", leaseTransitions: 3, acquireTime: "2025-12-31T00:00:00.000000Z" });
    const a = candidate("a");
    await clock.advance(1);
    assert.deepEqual(led(), ["a leads"]);
    assert.equal(server.lease?.spec?.leaseTransitions, 3);
    assert.equal(server.lease?.spec?.acquireTime, "2025-12-31T00:00:00.000000Z");
    a.stop();
    await a.done;
  });

  test("a lease of nobody, and one that is deleted, are taken at once", async () => {
    for (const free of ["given back", "deleted"]) {
      const { clock, server, led, held, candidate } = setUp();
      held(free === "deleted" ? {} : { holderIdentity: "" });
      const a = candidate("a");
      await clock.advance(1);
      if (free === "deleted") {
        assert.deepEqual(led(), []);
        server.lease = undefined;
        await clock.advance(1);
        // What ends a watch is no chance by itself: the lease is asked for again.
        await clock.advance(1);
      }
      assert.deepEqual(led(), ["a leads"], free);
      a.stop();
      await a.done;
    }
  });

  test("a term is as long as its holder has said", async () => {
    const { clock, led, held, candidate } = setUp();
    held({ leaseDurationSeconds: 40 });
    const a = candidate("a");
    await clock.advance(39_999);
    assert.deepEqual(led(), []);
    await clock.advance(2);
    assert.deepEqual(led(), ["a leads"]);
    a.stop();
    await a.done;
  });

  test("work that ends gives the lease back, and work that fails says why", async () => {
    for (const failure of [undefined, new Error("no")]) {
      const { clock, server, led, candidate } = setUp();
      const ended = Promise.withResolvers<void>();
      const a = candidate("a", {}, ended.promise);
      await clock.advance(100);
      if (failure) ended.reject(failure);
      else ended.resolve();
      await clock.advance(1);
      if (failure) await assert.rejects(a.done, failure);
      else await a.done;
      assert.deepEqual(led(), failure ? ["a leads"] : ["a leads", "a stops"]);
      assert.equal(server.lease?.spec?.holderIdentity, "");
    }
  });

  test("who is stopped before he leads does nothing", async () => {
    const { clock, led, held, candidate } = setUp();
    held({});
    const a = candidate("a");
    await clock.advance(10);
    a.stop();
    await clock.advance(60_000);
    await a.done;
    assert.deepEqual(led(), []);
  });

  test("a leader that is cut off for less than its deadline goes on", async () => {
    const { clock, server, led, candidate } = setUp();
    const a = candidate("a");
    await clock.advance(100);
    server.down = true;
    await clock.advance(7_000);
    server.down = false;
    await clock.advance(20_000);
    assert.deepEqual(led(), ["a leads"]);
    a.stop();
    await a.done;
  });
});
