import assert from "node:assert/strict";
import { test } from "node:test";
import { readTests, selectTests } from "../conformance/conformance-test.ts";
import { ofKindsThatExist } from "./tests-of-kinds.ts";

const GARBAGE = selectTests(readTests(), { focus: /Garbage collector|\[sig-apps\] Job should delete a job/ });

test("tests of kinds that are missing are left out and counted", () => {
  const { possible, leftOut } = ofKindsThatExist(GARBAGE, new Set(["Deployment"]));
  assert.deepEqual(
    possible.map(({ name }) => name),
    [
      "[sig-api-machinery] Garbage collector should delete RS created by deployment when not orphaning [Conformance]",
      "[sig-api-machinery] Garbage collector should not be blocked by dependency circle [Conformance]",
      "[sig-api-machinery] Garbage collector should orphan RS created by deployment when deleteOptions.PropagationPolicy is Orphan [Conformance]",
    ],
  );
  assert.deepEqual(Object.fromEntries(leftOut), { ReplicationController: 4, Job: 1 });
});

test("once a kind is there, so are its tests", () => {
  const { possible, leftOut } = ofKindsThatExist(GARBAGE, new Set(["ReplicationController", "Job"]));
  assert.equal(possible.length, GARBAGE.length);
  assert.equal(leftOut.size, 0);
});
