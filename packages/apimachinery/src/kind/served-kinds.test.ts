import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "@dingi/base";
import { Boat } from "../testdata/boat-schema.ts";
import { defineKind, defineReview } from "./define-kind.ts";
import { ServedKinds } from "./served-kinds.ts";

const kindOf = (kind: string, ...versions: string[]) =>
  defineKind({
    group: "example.org",
    kind,
    plural: `${kind.toLowerCase()}s`,
    scope: "Namespaced",
    custom: true,
    versions: Object.fromEntries(
      versions.map((version, i) => {
        const apiVersion = `example.org/${version}`;
        if (i === 0) return [apiVersion, { schema: Boat, storage: true }];
        return [apiVersion, { schema: Boat, toHub: (object) => object as never, fromHub: (object) => object }];
      }),
    ),
    strategy: {},
    columns: [],
  });

const Ship = kindOf("Ship", "v1");
const NewShip = kindOf("Ship", "v1", "v2");
const Raft = kindOf("Raft", "v1");
const Canoe = kindOf("Canoe", "v3");
const Inspection = defineReview({
  group: "example.org",
  kind: "Inspection",
  plural: "",
  scope: "Cluster",
  apiVersion: "example.org/v1",
  schema: Boat,
});

const FOREVER = new AbortController().signal;

test("a kind is found by resource and by kind from when it is served to when it is disposed of", () => {
  const kinds = new ServedKinds([Raft]);
  assert.equal(kinds.scheme.byResource("example.org/v1", "ships"), undefined);
  const before = kinds.scheme;
  const handle = kinds.serve(Ship);
  assert.equal(kinds.scheme.byResource("example.org/v1", "ships"), Ship);
  assert.equal(kinds.scheme.byKind("example.org/v1", "Ship"), Ship);
  assert.equal(before.byKind("example.org/v1", "Ship"), undefined);
  handle[Symbol.dispose]();
  assert.equal(kinds.scheme.byKind("example.org/v1", "Ship"), undefined);
  assert.deepEqual(kinds.scheme.kinds, [Raft]);
});

test("a kind that was replaced is served in its new versions, and its old handle has no hold on them", () => {
  const kinds = new ServedKinds();
  const old = kinds.serve(Ship);
  const handle = kinds.replace(Ship, NewShip);
  const { scheme } = kinds;
  old[Symbol.dispose]();
  assert.equal(kinds.scheme, scheme);
  for (const version of ["v1", "v2"]) assert.equal(kinds.scheme.byKind(`example.org/${version}`, "Ship"), NewShip);
  handle[Symbol.dispose]();
  assert.deepEqual(kinds.scheme.kinds, []);
  assert.throws(() => kinds.replace(Ship, NewShip), /was not served/);
});

test("no name is served twice, and a refused kind leaves no trace", () => {
  const kinds = new ServedKinds([Ship], [Inspection]);
  const { scheme } = kinds;
  assert.throws(() => kinds.serve(NewShip), /"example.org\/v1\/ships" is served twice/);
  assert.throws(() => kinds.serve({ ...Raft, kind: "Ship" }), /"example.org\/v1\/Ship" is served twice/);
  assert.equal(kinds.scheme, scheme);
});

test("what did not change is the same before and after, so that what was made of it need not be made again", () => {
  const kinds = new ServedKinds([Ship, Canoe], [Inspection]);
  const before = kinds.scheme;
  const handle = kinds.serve(Raft);
  const after = kinds.scheme;
  assert.equal(after.version("example.org/v3"), before.version("example.org/v3"));
  assert.notEqual(after.version("example.org/v1"), before.version("example.org/v1"));
  assert.deepEqual(after.version("example.org/v1")?.kinds, [Ship, Raft]);
  assert.deepEqual(after.version("example.org/v1")?.reviews, [Inspection]);
  handle[Symbol.dispose]();
  assert.deepEqual(kinds.scheme.apiVersions(), ["example.org/v1", "example.org/v3"]);
});

test("a group in which only custom kinds are served has no types", () => {
  assert.equal(new ServedKinds([Ship]).scheme.hasTypedGroup("example.org"), false);
  assert.equal(new ServedKinds([Ship], [Inspection]).scheme.hasTypedGroup("example.org"), true);
  assert.equal(new ServedKinds([{ ...Ship, custom: false }]).scheme.hasTypedGroup("example.org"), true);
});

test("who waits for a change is told of the newest state at the next one", async () => {
  const kinds = new ServedKinds();
  const seen = kinds.scheme;
  let told: unknown;
  void kinds.after(seen, FOREVER).then((scheme) => (told = scheme));
  await settle();
  assert.equal(told, undefined);
  kinds.serve(Ship);
  kinds.serve(Raft);
  await settle();
  assert.equal(told, kinds.scheme);
});
