import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { V1Lease } from "@dingi/api";
import { newAlreadyExists, newConflict, newNotFound, type WatchEvent } from "@dingi/apimachinery";
import { aborted, FakeClock, seededRandom, silentLogger } from "@dingi/base";
import { Client } from "../client.ts";
import type { Transport, TransportRequest } from "../transport/transport.ts";
import { LeadershipLostError, runAsLeader } from "./leader-elector.ts";

const LEASES = { group: "coordination.k8s.io", resource: "leases" };

/** A server that has one lease. */
class LeaseServer implements Transport {
  #lease: V1Lease | undefined;
  #changed = Promise.withResolvers<void>();
  /** Set: nothing is answered any more. */
  down = false;
  /** Set: watches are refused. */
  blind = false;

  get lease(): V1Lease | undefined {
    return this.#lease;
  }

  set lease(lease: V1Lease | undefined) {
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
      if (this.lease?.metadata.resourceVersion !== seen) yield [{ type: "MODIFIED", object: this.lease! }];
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
  const candidate = (identity: string) => {
    const stop = new AbortController();
    const options = {
      client: new Client(server),
      clock,
      random: seededRandom(1),
      logger: silentLogger,
      lock: { namespace: "kube-system", name: "lock" },
      identity,
    };
    const done = runAsLeader(
      options,
      async (signal) => {
        log.push(`${identity} leads`);
        const { promise, resolve } = Promise.withResolvers<void>();
        signal.addEventListener("abort", () => resolve(), { once: true });
        await promise;
        log.push(`${identity} stops`);
      },
      stop.signal,
    );
    done.catch(() => {});
    return { done, stop: () => stop.abort(new Error("Enough")) };
  };
  return { clock, server, log, candidate };
}

suite("leader election", () => {
  test("the first candidate leads and renews; the second waits", async () => {
    const { clock, server, log, candidate } = setUp();
    const [a, b] = [candidate("a"), candidate("b")];
    await clock.advance(60_000);
    assert.deepEqual(log, ["a leads"]);
    assert.equal(server.lease?.spec?.holderIdentity, "a");
    assert.equal(server.lease?.spec?.leaseTransitions, 0);
    assert.ok(Date.parse(server.lease?.spec?.renewTime ?? "") > clock.now() - 5_000);
    a.stop();
    b.stop();
    await clock.advance(10);
    await Promise.all([a.done, b.done]);
  });

  test("a leader that stops gives the lease back, and another that watches takes it at once", async () => {
    const { clock, log, server, candidate } = setUp();
    const a = candidate("a");
    await clock.advance(100);
    const b = candidate("b");
    await clock.advance(3_000);
    a.stop();
    await a.done;
    await clock.advance(1);
    assert.deepEqual(log, ["a leads", "a stops", "b leads"]);
    assert.equal(server.lease?.spec?.leaseTransitions, 1);
    b.stop();
    await b.done;
    assert.equal(server.lease?.spec?.holderIdentity, "");
  });

  test("one that may not watch asks again every retry period", async () => {
    const { clock, log, server, candidate } = setUp();
    server.blind = true;
    const a = candidate("a");
    await clock.advance(100);
    const b = candidate("b");
    await clock.advance(3_000);
    a.stop();
    await a.done;
    await clock.advance(1);
    assert.deepEqual(log, ["a leads", "a stops"]);
    await clock.advance(4_500);
    assert.deepEqual(log, ["a leads", "a stops", "b leads"]);
    b.stop();
    await b.done;
  });

  test("a lease is taken at the end of its term, counted from the last renewal that was seen", async () => {
    const { clock, log, server, candidate } = setUp();
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
    assert.deepEqual(log, []);
    await clock.advance(2);
    assert.deepEqual(log, ["b leads"]);
    b.stop();
    await b.done;
  });

  test("a leader that cannot renew stops before another may lead", async () => {
    const { clock, server, log, candidate } = setUp();
    const a = candidate("a");
    await clock.advance(100);
    server.down = true;
    await clock.advance(13_000);
    assert.deepEqual(log, ["a leads", "a stops"]);
    await assert.rejects(a.done, LeadershipLostError);
  });

  test("a lease whose holder is silent is taken once its term has passed by one's own clock", async () => {
    const { clock, server, log, candidate } = setUp();
    // The holder's clock is an hour ahead.
    const spec = { holderIdentity: "gone", leaseDurationSeconds: 15, renewTime: "2026-01-01T01:00:00.000000Z" };
    server.lease = { metadata: { namespace: "kube-system", name: "lock", resourceVersion: "4" }, spec } as V1Lease;
    const b = candidate("b");
    await clock.advance(14_000);
    assert.deepEqual(log, []);
    await clock.advance(6_000);
    assert.deepEqual(log, ["b leads"]);
    b.stop();
    await b.done;
  });

  test("a lease that another took away ends the leader's work", async () => {
    const { clock, server, log, candidate } = setUp();
    const a = candidate("a");
    await clock.advance(100);
    server.lease = {
      ...server.lease!,
      metadata: { ...server.lease!.metadata, resourceVersion: "9" },
      spec: { holderIdentity: "thief", leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.000000Z" },
    };
    await clock.advance(2_500);
    assert.deepEqual(log, ["a leads", "a stops"]);
    await assert.rejects(a.done, LeadershipLostError);
  });
});
