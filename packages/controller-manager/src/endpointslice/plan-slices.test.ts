import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1EndpointSlice } from "@dingi/api";
import { planSlices, type SlicePlan } from "./plan-slices.ts";

test("fills slices of a hundred, keeps what is right, removes what is left over", () => {
  const endpoints = Array.from({ length: 150 }, (_, i) => ({ addresses: [`10.0.0.${i}`] }));
  const made = planSlices([{ endpoints, ports: [] }], []);
  assert.deepEqual(
    made.create.map((content) => content.endpoints.length),
    [100, 50],
  );
  const slice = (name: string): V1EndpointSlice => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name },
    addressType: "IPv4",
    endpoints: endpoints.slice(0, 1),
    ports: [],
  });
  const [kept, extra] = [slice("kept"), slice("extra")];
  assert.deepEqual(planSlices([{ endpoints: endpoints.slice(0, 1), ports: [] }], [kept, extra]), {
    create: [],
    update: [],
    remove: [extra],
  });
});

const at = (...numbers: number[]) => numbers.map((i) => ({ addresses: [`10.0.0.${i}`] }));
const portsOf = (port: number) => [{ name: "", port, protocol: "TCP" }];
const sliceOf = (name: string, port: number, ...numbers: number[]): V1EndpointSlice => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name },
  addressType: "IPv4",
  endpoints: at(...numbers),
  ports: portsOf(port),
});
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const contentOf = (port: number, ...numbers: number[]) => ({ endpoints: at(...numbers), ports: portsOf(port) });

/** What the world sees after each single write, in the order in which the controller writes. */
function* worlds(plan: SlicePlan, existing: readonly V1EndpointSlice[]): Iterable<V1EndpointSlice[]> {
  const world = new Map(existing.map((slice) => [slice.metadata.name, slice]));
  let made = 0;
  for (const content of plan.create) {
    const name = `made-${made++}`;
    world.set(name, { ...sliceOf(name, 0), ...content } as V1EndpointSlice);
    yield [...world.values()];
  }
  for (const [slice, content] of plan.update) {
    world.set(slice.metadata.name, { ...slice, ...content } as V1EndpointSlice);
    yield [...world.values()];
  }
  for (const { metadata } of plan.remove) {
    world.delete(metadata.name);
    yield [...world.values()];
  }
}

test("a slice that one set of ports needs is not taken for another", () => {
  // Of two slices, one has been deleted by somebody.
  const left = sliceOf("b", 81, 2);
  assert.deepEqual(planSlices([contentOf(80, 1), contentOf(81, 2)], [left]), {
    create: [contentOf(80, 1)],
    update: [],
    remove: [],
  });
});

test("no endpoint is missing between two writes when others come, go or change their ports", () => {
  const addresses = (slices: readonly V1EndpointSlice[]) =>
    new Set(slices.flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses: list = [] }) => list)));
  const cases = [
    { existing: [sliceOf("a", 80, ...range(10, 110)), sliceOf("b", 80, ...range(110, 120))], wanted: [range(0, 120)] },
    { existing: [sliceOf("a", 80, ...range(0, 100)), sliceOf("b", 80, ...range(100, 120))], wanted: [range(5, 120)] },
    { existing: [sliceOf("a", 80, ...range(0, 50)), sliceOf("b", 81, ...range(50, 60))], wanted: [range(0, 50), [50]] },
  ];
  for (const { existing, wanted } of cases) {
    const contents = wanted.map((numbers, i) => contentOf(80 + i, ...numbers));
    const before = addresses(existing);
    const after = new Set(contents.flatMap(({ endpoints }) => endpoints.flatMap(({ addresses: list }) => list)));
    let last: V1EndpointSlice[] = [];
    for (last of worlds(planSlices(contents, existing), existing))
      for (const address of before) assert.ok(!after.has(address) || addresses(last).has(address), address);
    assert.deepEqual(addresses(last), after);
  }
});

test("what comes goes where something changes anyway, else where it just fits, else into a slice of its own", () => {
  const updates = ({ update }: SlicePlan) =>
    update.map(([{ metadata }, { endpoints }]) => `${metadata.name} ${endpoints.length}`);
  const [a, b] = [sliceOf("a", 80, ...range(0, 98)), sliceOf("b", 80, ...range(100, 110))];
  const all = [...range(0, 98), ...range(100, 110)];
  assert.deepEqual(updates(planSlices([contentOf(80, ...all, 200, 201)], [a, b])), ["a 100"]);
  assert.deepEqual(updates(planSlices([contentOf(80, ...all, 200, 201, 202)], [a, b])), ["b 13"]);
  assert.deepEqual(updates(planSlices([contentOf(80, ...all.slice(0, -1), 200)], [a, b])), ["b 10"]);
  const made = planSlices([contentOf(80, ...all, ...range(110, 210))], [a, b]);
  assert.deepEqual([updates(made), made.create.map(({ endpoints }) => endpoints.length)], [[], [100]]);
});

test("without any endpoint one slice is left that says so", () => {
  const [a, b] = [sliceOf("a", 80, 1), sliceOf("b", 80, 2)];
  const plan = planSlices([{ endpoints: [], ports: [] }], [a, b]);
  assert.deepEqual(
    [plan.create, plan.update.map(([, content]) => content), plan.remove],
    [[], [{ endpoints: [], ports: [] }], [b]],
  );
  assert.deepEqual(planSlices([contentOf(80)], [{ ...a, endpoints: [] }]), { create: [], update: [], remove: [] });
});
