import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, seededRandom } from "@dingi/base";
import type { Method } from "@dingi/grpc";
import { Leases } from "./leases.ts";

interface Grant {
  readonly id: number;
  readonly ttl: number;
}

function withLeases(): { leases: Leases; clock: FakeClock; grants: Grant[]; fail: (error: Error) => void } {
  const clock = new FakeClock();
  const grants: Grant[] = [];
  let failure: Error | undefined;
  const write = async <Response>(_: Method<Response>, request: object): Promise<Response> => {
    if (failure) throw failure;
    grants.push(request as Grant);
    return {} as Response;
  };
  const fail = (error: Error) => (failure = error);
  return { leases: new Leases({ clock, write }, seededRandom(1)), clock, grants, fail };
}

test("keys that come within a minute share a lease that outlives them all", async () => {
  const { leases, clock, grants } = withLeases();
  const [first, same] = await Promise.all([leases.of(3_600_000), leases.of(3_600_000)]);
  await clock.advance(59_000);
  assert.deepEqual([same, await leases.of(3_600_000)], [first, first]);
  await clock.advance(2_000);
  assert.notEqual(await leases.of(3_600_000), first);
  assert.deepEqual(
    grants.map(({ ttl }) => ttl),
    [3660, 3660],
  );
});

test("a lease that would hold a key for too long, or hold too many, is not shared", async () => {
  const { leases, grants } = withLeases();
  await leases.of(3_600_000);
  await leases.of(10_000);
  for (let i = 0; i < 1000; i++) await leases.of(10_000);
  assert.deepEqual(
    grants.map(({ ttl }) => ttl),
    [3660, 70, 70],
  );
  assert.equal(new Set(grants.map(({ id }) => id)).size, 3);
});

test("a lease that was not granted is not given out again", async () => {
  const { leases, fail } = withLeases();
  fail(new Error("no leader"));
  await assert.rejects(leases.of(1000), /no leader/);
  fail(new Error("still none"));
  await assert.rejects(leases.of(1000), /still none/);
});
