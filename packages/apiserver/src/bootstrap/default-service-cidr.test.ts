import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceCIDR, type V1ServiceCIDR } from "@dingi/api";
import { newAlreadyExists, newNotFound } from "@dingi/apimachinery";
import { FakeClock, seededRandom, settle, silentLogger } from "@dingi/base";
import type { Client } from "@dingi/client";
import { DefaultServiceCidr } from "./default-service-cidr.ts";

const RESOURCE = { group: ServiceCIDR.group, resource: "servicecidrs" };
const V4 = "10.96.0.0/16";
const V6 = "fd00::/108";

/** What is there, and what is done about it. */
function bench(cidrs: readonly string[], stored?: Partial<V1ServiceCIDR> & { spec: object }) {
  let current = stored && ({ metadata: { name: "kubernetes" }, status: {}, ...stored } as V1ServiceCIDR);
  const done: string[] = [];
  const state = { refuses: false };
  const client = {
    get: () => (current ? Promise.resolve(current) : Promise.reject(newNotFound(RESOURCE, "kubernetes"))),
    create: (kind: { kind: string }, object: V1ServiceCIDR & { reason?: string; message?: string }) => {
      if (kind.kind === "Event") return Promise.resolve(void done.push(`event ${object.reason}: ${object.message}`));
      if (state.refuses) return Promise.reject(newAlreadyExists(RESOURCE, "kubernetes"));
      done.push(`create ${object.spec.cidrs?.join()}`);
      current = { ...object, status: {} };
      return Promise.resolve(current);
    },
    update: (_: unknown, object: V1ServiceCIDR) => {
      if (state.refuses) return Promise.reject(new Error("no"));
      done.push(`update ${object.spec.cidrs?.join()}`);
      return Promise.resolve((current = object));
    },
    patch: (...[, key, { status }, options]: [unknown, object, V1ServiceCIDR, object]) => {
      done.push(`patch ${JSON.stringify([key, status.conditions, options])}`);
      current = { ...current!, status };
      return Promise.resolve(current);
    },
  } as unknown as Client;
  const clock = new FakeClock();
  const options = { client, clock, random: seededRandom(1), logger: silentLogger, cidrs };
  return { clock, done, state, keeper: new DefaultServiceCidr(options), current: () => current };
}

const condition = (status: string) =>
  ({ status: { conditions: [{ type: "Ready", status, reason: "R", message: "m" }] } }) as object;

const READY = `patch ${JSON.stringify([
  { namespace: "", name: "kubernetes" },
  [
    {
      type: "Ready",
      status: "True",
      reason: "",
      message: "Kubernetes default Service CIDR is ready",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    },
  ],
  { type: "apply", fieldManager: "kubernetes-service-cidr-controller", force: true, subresource: "status" },
])}`;

const gone = { metadata: { name: "kubernetes", deletionTimestamp: "2026-01-01T00:00:00Z" } } as object;
const differs = (is: string, wanted: string) =>
  `event KubernetesDefaultServiceCIDRInconsistent: The default ServiceCIDR [${is}] does not match the controller flag configurations [${wanted}]`;

for (const [title, cidrs, stored, wanted] of [
  ["is made where it is missing, and is ready then", [V4], undefined, [`create ${V4}`, READY]],
  ["is ready where nobody has said anything", [V4], { spec: { cidrs: [V4] } }, [READY]],
  ["stays as it is when it is ready", [V4], { spec: { cidrs: [V4] }, ...condition("True") }, []],
  ["is left alone when it goes", [V4], { spec: { cidrs: [V4] }, ...gone }, []],
  [
    "is complained of when it is not ready",
    [V4],
    { spec: { cidrs: [V4] }, ...condition("False") },
    ["event R: Configuration matches, but m"],
  ],
  ["is complained of when it is another one", [V4], { spec: { cidrs: [V6] } }, [differs(V6, V4)]],
  ["becomes one of two families", [V4, V6], { spec: { cidrs: [V4] } }, [`update ${V4},${V6}`]],
  ["is not made one of two families of another", [V4, V6], { spec: { cidrs: [V6] } }, [differs(V6, `${V4} ${V6}`)]],
  ["does not lose a family", [V4], { spec: { cidrs: [V4, V6] } }, [differs(`${V4} ${V6}`, V4)]],
] as const)
  test(`The default ServiceCIDR ${title}`, async () => {
    const { keeper, done } = bench(cidrs, stored as never);
    await keeper.sync();
    await settle();
    assert.deepEqual(done, wanted);
  });

test("What is said of the default ServiceCIDR is said once", async () => {
  const { keeper, done } = bench([V4], { spec: { cidrs: [V6] } } as never);
  for (let i = 0; i < 3; i++) await keeper.sync();
  await settle();
  assert.equal(done.length, 1);
});

test("That another server has made the default ServiceCIDR meanwhile is no failure", async () => {
  const { keeper, done, state } = bench([V4]);
  state.refuses = true;
  await keeper.sync();
  assert.deepEqual(done, []);
});

test("A default ServiceCIDR that cannot get its second family is complained of", async () => {
  const { keeper, done, state } = bench([V4, V6], { spec: { cidrs: [V4] } } as never);
  state.refuses = true;
  await keeper.sync();
  await settle();
  const text = `The default ServiceCIDR can not be upgraded from ${V4} to dual stack [${V4} ${V6}] : no`;
  assert.deepEqual(done, [`event KubernetesDefaultServiceCIDRError: ${text}`]);
});

test("The default ServiceCIDR is looked after every ten seconds", async () => {
  const { keeper, clock, done, state, current } = bench([V4]);
  state.refuses = true;
  const stop = new AbortController();
  const running = keeper.run(stop.signal);
  await clock.advance(10_000);
  assert.equal(current(), undefined);
  state.refuses = false;
  await clock.advance(10_000);
  assert.equal(done[0], `create ${V4}`);
  stop.abort(new Error("enough"));
  await running.catch(() => {});
});
