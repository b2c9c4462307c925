import assert from "node:assert/strict";
import { test } from "node:test";
import { Event } from "@dingi/api";
import { FakeClock } from "@dingi/base";
import type { AdmissionAttributes } from "../../attributes.ts";
import { EventRateLimit, type EventLimit } from "./event-rate-limit.ts";

function limiter(limits: readonly EventLimit[]) {
  const clock = new FakeClock();
  const plugin = new EventRateLimit(clock, limits);
  /** What is told; undefined when it passes. */
  const ask = (own: Partial<AdmissionAttributes> = {}): string | undefined => {
    const object = { source: { component: "kubelet" }, involvedObject: { kind: "Pod", name: "p" } };
    const user = { name: "ada", groups: [] };
    const attributes = { kind: Event, apiVersion: "v1", namespace: "ns", object, user, dryRun: false, ...own };
    try {
      plugin.validate(attributes as unknown as AdmissionAttributes);
      return undefined;
    } catch (error) {
      return `${(error as { code: number }).code} ${(error as Error).message}`;
    }
  };
  return { clock, ask };
}

const of = (type: EventLimit["type"], more: Partial<EventLimit> = {}): EventLimit => ({
  type,
  qps: 2,
  burst: 1,
  ...more,
});
const user = { name: "bob", groups: [] };

test("a server takes so many events at once, and so many a second after that", async () => {
  const { clock, ask } = limiter([of("Server", { burst: 2 })]);
  assert.deepEqual([ask(), ask({ user, namespace: "other" })], [undefined, undefined]);
  assert.equal(ask(), "429 limit reached on type Server for key ");
  await clock.advance(499);
  assert.notEqual(ask(), undefined);
  await clock.advance(1);
  assert.equal(ask(), undefined);
  await clock.advance(60_000);
  assert.deepEqual([ask(), ask()], [undefined, undefined]);
  assert.notEqual(ask(), undefined, "what was not used for long is not saved up");
});

test("limits are each namespace's, user's and source's own", () => {
  for (const [type, other, key] of [
    ["Namespace", { namespace: "other" }, "ns"],
    ["User", { user }, "ada"],
    ["SourceAndObject", { object: { involvedObject: { kind: "Pod", name: "q" } } as never }, "kubeletPodp"],
  ] as const) {
    const { ask } = limiter([of(type)]);
    assert.equal(ask(), undefined);
    assert.equal(ask(other), undefined);
    assert.equal(ask(), `429 limit reached on type ${type} for key ${key}`);
  }
});

test("all limits that are reached are told, and each is drawn on", () => {
  const { ask } = limiter([of("Server"), of("User")]);
  ask();
  assert.equal(ask(), "429 [limit reached on type Server for key , limit reached on type User for key ada]");
});

test("who is not remembered any more begins anew", () => {
  const { ask } = limiter([of("Namespace", { cacheSize: 1 })]);
  ask();
  ask({ namespace: "other" });
  assert.equal(ask(), undefined);
});

test("dry runs, events of the newer group and other kinds are not counted", () => {
  const { ask } = limiter([of("Server")]);
  ask();
  assert.equal(ask({ dryRun: true }), undefined);
  assert.equal(ask({ apiVersion: "events.k8s.io/v1" }), undefined);
  assert.equal(ask({ kind: { group: "", plural: "pods" } as never }), undefined);
});
