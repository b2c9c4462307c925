import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Deployment, V1ReplicaSet } from "@dingi/api";
import { nextRevision, REVISION, revisionOf, setAnnotations } from "./template.ts";

const setOf = (revision?: string): V1ReplicaSet => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: { name: "rs", ...(revision === undefined ? {} : { annotations: { [REVISION]: revision } }) },
  spec: {},
  status: { replicas: 0 },
});
const deployment: V1Deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "d" },
  spec: { selector: {}, template: {} },
  status: {},
};

test("counts revisions beyond what a double can hold", () => {
  assert.equal(nextRevision([setOf("3546343826724305832"), setOf("1"), setOf()]), 3546343826724305833n);
  assert.equal(
    setAnnotations(deployment, {}, nextRevision([setOf("3546343826724305832")]))[REVISION],
    "3546343826724305833",
  );
});

test("takes what is not a number for no revision, and leaves it", () => {
  assert.equal(revisionOf(setOf("next")), 0n);
  assert.equal(revisionOf(setOf("")), 0n);
  assert.equal(setAnnotations(deployment, { [REVISION]: "next" }, 2n)[REVISION], "next");
});

test("keeps the revisions that a set had before", () => {
  const annotations = setAnnotations(deployment, { [REVISION]: "2" }, 4n);
  assert.equal(annotations[REVISION], "4");
  assert.equal(annotations["deployment.kubernetes.io/revision-history"], "2");
});
