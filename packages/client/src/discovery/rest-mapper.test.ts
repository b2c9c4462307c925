import assert from "node:assert/strict";
import { test } from "node:test";
import { Event, Pod } from "@dingi/api";
import type { AnyKind } from "@dingi/apimachinery";
import { RestMapper } from "./rest-mapper.ts";
import { readServed } from "./served-resource.ts";

const ALL = ["create", "delete", "get", "list", "watch"];
const entry = (resource: string, kind: string, verbs = ALL) => ({
  resource,
  responseKind: { kind },
  scope: "Namespaced",
  singularResource: kind.toLowerCase(),
  verbs,
});
const group = (name: string | undefined, ...versions: object[]) => ({ metadata: name ? { name } : {}, versions });
const version = (version: string, ...resources: object[]) => ({ version, resources });

const CORE = group(undefined, version("v1", { ...entry("pods", "Pod"), shortNames: ["po"] }, entry("events", "Event")));
const EVENTS = group("events.k8s.io", version("v1", entry("events", "Event")));
const BOATS = group("example.org", version("v2", entry("boats", "Boat")), version("v1", entry("boats", "Boat")));
const METRICS = group("metrics.k8s.io", version("v1beta1", entry("pods", "PodMetrics", ["get", "list"])));
const KNOWN = [Pod, Event] as unknown as AnyKind[];

const mapperOf = (groups: readonly object[], before?: RestMapper) =>
  new RestMapper(readServed({ items: groups }), KNOWN, before);
const mapper = mapperOf([CORE, EVENTS, BOATS, METRICS]);

test("a kind whose definition is at hand is that definition, and another one has an object's metadata", () => {
  assert.equal(mapper.kindOf("v1", "Pod"), Pod);
  const boat = mapper.kindOf("example.org/v1", "Boat")!;
  assert.deepEqual([boat.apiVersion, boat.plural, boat.scope], ["example.org/v2", "boats", "Namespaced"]);
  assert.equal(mapper.kindOf("example.org/v3", "Boat"), undefined);
  assert.equal(mapper.kindOf("metrics.k8s.io/v1beta1", "PodMetrics")?.kind, "PodMetrics");
});

test("a definition is not taken for another kind that has its resource's name", () => {
  const other = mapperOf([group(undefined, version("v1", entry("pods", "Pea")))]);
  assert.notEqual(other.kindOf("v1", "Pea"), Pod);
  assert.equal(other.kindOf("v1", "Pea")?.kind, "Pea");
});

test("a kind is the same in all its versions", () => {
  assert.equal(mapper.kindOf("example.org/v1", "Boat"), mapper.kindOf("example.org/v2", "Boat"));
  assert.equal(mapper.kindOf("events.k8s.io/v1", "Event"), mapper.kindOf("v1", "Event"));
});

test("what can be done with a kind decides whether it is among those that are wanted", () => {
  const kinds = [...mapper.kindsWith(["list", "watch", "delete"])];
  assert.deepEqual(
    kinds.map(({ kind }) => kind),
    ["Pod", "Event", "Boat"],
  );
  assert.equal([...mapper.kindsWith(["list"])].length, 4);
});

test("a kind that is served before and after a change is the same", () => {
  const boat = mapper.kindOf("example.org/v2", "Boat");
  const after = mapperOf([CORE, BOATS], mapper);
  assert.equal(after.kindOf("example.org/v2", "Boat"), boat);
  assert.equal(after.kindOf("v1", "Pod"), Pod);
  const without = mapperOf([CORE], after);
  assert.equal(without.kindOf("example.org/v2", "Boat"), undefined);
  const cluster = group("example.org", version("v2", { ...entry("boats", "Boat"), scope: "Cluster" }));
  assert.equal(mapperOf([cluster], after).kindOf("example.org/v2", "Boat")?.scope, "Cluster");
});

test("a resource is found by all its names, the group's first version before others", () => {
  for (const name of ["pods", "pod", "po", "Pod", "pods.v1"]) assert.equal(mapper.lookUp(name)?.kind, "Pod", name);
  for (const name of ["boats", "boat.example.org"]) assert.equal(mapper.lookUp(name)?.version, "v2", name);
  assert.equal(mapper.lookUp("boats.v1.example.org")?.version, "v1");
  assert.equal(mapper.lookUp("ships"), undefined);
});

test("of definitions one gets what a server would tell that serves them", () => {
  const own = RestMapper.of(KNOWN);
  assert.equal(own.kindOf("v1", "Pod"), Pod);
  assert.equal(own.kindOf("events.k8s.io/v1", "Event"), Event);
  assert.deepEqual(new Set(own.kindsWith(["watch"])), new Set(KNOWN));
});

test("what a document lacks is empty", () => {
  const { resources, apiVersions } = readServed({ items: [{ versions: [{ version: "v1", resources: [{}] }] }, {}] });
  assert.deepEqual(apiVersions, ["v1"]);
  assert.deepEqual([resources.length, resources[0]?.plural, resources[0]?.verbs], [1, "", []]);
  assert.deepEqual(readServed(undefined), { resources: [], apiVersions: [] });
});
