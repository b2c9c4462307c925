import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { V1Endpoint } from "@dingi/api";
import { endpointsOf, usableEndpoints } from "./endpoint.ts";
import { aSlice, at, SITE } from "./proxy-fixture.ts";

const LEAVING = { conditions: { ready: false, serving: true, terminating: true } };
const GONE = { conditions: { ready: false, serving: false, terminating: true } };
const STARTING = { conditions: { ready: false, serving: false, terminating: false } };
const zones = (...names: string[]): Partial<V1Endpoint> => ({ hints: { forZones: names.map((name) => ({ name })) } });
const nodes = (...names: string[]): Partial<V1Endpoint> => ({ hints: { forNodes: names.map((name) => ({ name })) } });

interface Case {
  readonly title: string;
  readonly endpoints: readonly V1Endpoint[];
  readonly cluster: readonly string[];
  readonly local: readonly string[];
}

const CASES: readonly Case[] = [
  {
    title: "ready ones",
    endpoints: [at("1.1.1.1", "n1"), at("1.1.1.2", "n2")],
    cluster: ["1.1.1.1", "1.1.1.2"],
    local: ["1.1.1.1"],
  },
  {
    title: "a missing condition means ready",
    endpoints: [at("1.1.1.1", "n2", { conditions: {} })],
    cluster: ["1.1.1.1"],
    local: [],
  },
  { title: "not those that start", endpoints: [at("1.1.1.1", "n1", STARTING)], cluster: [], local: [] },
  {
    title: "a terminating one vanishes while others are ready",
    endpoints: [at("1.1.1.1", "n2", LEAVING), at("1.1.1.2", "n2")],
    cluster: ["1.1.1.2"],
    local: [],
  },
  {
    title: "a terminating one that serves is the last resort",
    endpoints: [at("1.1.1.1", "n1", LEAVING), at("1.1.1.2", "n1", GONE)],
    cluster: ["1.1.1.1"],
    local: ["1.1.1.1"],
  },
  {
    title: "local falls back apart from the cluster",
    endpoints: [at("1.1.1.1", "n1", LEAVING), at("1.1.1.2", "n2")],
    cluster: ["1.1.1.2"],
    local: ["1.1.1.1"],
  },
  {
    title: "the zone's own",
    endpoints: [at("1.1.1.1", "n2", zones("z1")), at("1.1.1.2", "n2", zones("z2"))],
    cluster: ["1.1.1.1"],
    local: [],
  },
  {
    title: "hints that not all have do not count",
    endpoints: [at("1.1.1.1", "n2", zones("z1")), at("1.1.1.2", "n2")],
    cluster: ["1.1.1.1", "1.1.1.2"],
    local: [],
  },
  {
    title: "hints that leave nothing here do not count",
    endpoints: [at("1.1.1.1", "n2", zones("z8"))],
    cluster: ["1.1.1.1"],
    local: [],
  },
  {
    title: "the node before the zone",
    endpoints: [at("1.1.1.1", "n2", nodes("n1")), at("1.1.1.2", "n2", nodes("n2"))],
    cluster: ["1.1.1.1"],
    local: [],
  },
  {
    title: "local traffic ignores hints",
    endpoints: [at("1.1.1.1", "n1", zones("z2")), at("1.1.1.2", "n2", zones("z1"))],
    cluster: ["1.1.1.2"],
    local: ["1.1.1.1"],
  },
];

describe("usable endpoints", () => {
  for (const { title, endpoints, cluster, local } of CASES) {
    test(title, () => {
      const usable = usableEndpoints(endpointsOf([aSlice(endpoints)], { name: "http", protocol: "TCP" }, "n1"), SITE);
      assert.deepEqual(
        { cluster: usable.cluster.map(({ ip }) => ip), local: usable.local.map(({ ip }) => ip) },
        { cluster, local },
      );
    });
  }

  test("ports match by name and protocol; other families are not for this table", () => {
    const slice = aSlice(
      [at("1.1.1.1", "n1")],
      [
        { name: "http", protocol: "UDP", port: 1 },
        { name: "other", port: 2 },
      ],
    );
    assert.deepEqual(endpointsOf([slice], { name: "http", protocol: "TCP" }, "n1"), []);
    assert.equal(endpointsOf([slice], { name: "other", protocol: "TCP" }, "n1")[0]?.port, 2);
    assert.deepEqual(endpointsOf([{ ...slice, addressType: "IPv6" }], { name: "other", protocol: "TCP" }, "n1"), []);
  });

  test("an endpoint in two slices counts once, by its better view", () => {
    const slices = [aSlice([at("1.1.1.1", "n1", STARTING)]), aSlice([at("1.1.1.1", "n1")])];
    for (const order of [slices, slices.toReversed()]) {
      assert.deepEqual(
        endpointsOf(order, { name: "http", protocol: "TCP" }, "n1").map(({ ready }) => ready),
        [true],
      );
    }
  });
});
