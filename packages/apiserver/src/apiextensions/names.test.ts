import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1CustomResourceDefinition as Definition, V1CustomResourceDefinitionNames as Names } from "@dingi/api";
import { acceptNames } from "./names.ts";

function definition(names: Names, accepted: Names = { plural: "", kind: "" }, group = "example.org"): Definition {
  return {
    metadata: { name: `${names.plural}.${group}` },
    spec: { group, scope: "Cluster", names, versions: [] },
    status: { acceptedNames: accepted, conditions: [], storedVersions: [] },
  };
}

const BOATS = { plural: "boats", singular: "boat", kind: "Boat", listKind: "BoatList", shortNames: ["bt"] };
const boats = definition(BOATS, BOATS);

test("names that nobody has are accepted", () => {
  const { names, condition } = acceptNames(definition(BOATS), []);
  assert.deepEqual({ ...names }, { ...BOATS });
  assert.equal(condition.status, "True");
});

test("a name that another has is not, and the rest is", () => {
  const wanted = { ...BOATS, plural: "ships", singular: "ship", kind: "Ship", listKind: "ShipList" };
  const { names, condition } = acceptNames(definition(wanted), [boats]);
  assert.deepEqual(
    [condition.status, condition.reason, condition.message],
    ["False", "ShortNamesConflict", '"bt" is already in use'],
  );
  assert.equal(names.plural, "ships");
  assert.equal(names.shortNames, undefined);
});

test("plurals, singulars and short names share one space, and kinds and lists another", () => {
  const as = (own: Partial<Names>) =>
    acceptNames(definition({ plural: "x", singular: "y", kind: "X", listKind: "XList", ...own }), [boats]).condition
      .reason;
  assert.equal(as({ plural: "bt" }), "PluralConflict");
  assert.equal(as({ singular: "boats" }), "SingularConflict");
  assert.equal(as({ kind: "BoatList" }), "KindConflict");
  assert.equal(as({ listKind: "Boat" }), "ListKindConflict");
  assert.equal(as({ plural: "Boat" }), "NoConflicts");
});

test("what is wanted and not accepted is nobody's, and neither is what another group has", () => {
  assert.equal(acceptNames(definition(BOATS), [definition(BOATS)]).condition.reason, "NoConflicts");
  assert.equal(acceptNames(definition(BOATS), [definition(BOATS, BOATS, "other.org")]).condition.reason, "NoConflicts");
});

test("what is had is kept until there is another", () => {
  const had = { ...BOATS, singular: "vessel" };
  const { names, condition } = acceptNames(definition(BOATS, had), [
    definition({ ...BOATS, plural: "b" }, { plural: "b", kind: "B", singular: "boat" }),
  ]);
  assert.equal(condition.reason, "SingularConflict");
  assert.equal(names.singular, "vessel");
});
