import assert from "node:assert/strict";
import { test } from "node:test";
import { checkParity, resourcesOf } from "./check-parity.mjs";

const DEPLOYMENT = { kind: "Deployment", plural: "deployments", versions: { "apps/v1": {} } };
const EVENT = { kind: "Event", plural: "events", versions: { v1: {}, "events.k8s.io/v1": {} } };
const example = (root, resource) => ({ root, resource });
const CASES = ["apps/v1/deployments", "v1/events"];
const EXAMPLES = [
  example("/apis/apps/v1", "deployments"),
  example("/api/v1", "events"),
  example("/apis/events.k8s.io/v1", "events"),
];

const messages = (tree) =>
  checkParity({ kinds: [DEPLOYMENT, EVENT], cases: CASES, examples: EXAMPLES, ...tree }).map(
    ({ path, message }) => `${path}: ${message}`,
  );

test("kinds that are compared with upstream in all their versions pass", () => {
  assert.deepEqual(messages({}), []);
});

test("a kind without a case is caught, and one with a case in any of its versions passes", () => {
  assert.deepEqual(messages({ cases: ["events.k8s.io/v1/events", "apps/v2/deployments", "v1/deployments"] }), [
    "test/parity/cases: no case is of Deployment (resource: apps/v1/deployments)",
  ]);
});

test("a kind without an example in each of its versions is caught", () => {
  assert.deepEqual(messages({ examples: [EXAMPLES[0], EXAMPLES[2]] }), [
    "test/parity/http/kinds.ts: there is no example of Event as v1/events",
  ]);
  assert.equal(messages({ examples: [] }).length, 3);
});

test("what a case is of is read from all documents of a file", () => {
  const text = "name: a\nresource: v1/pods\nsteps: []\n---\nresource: 'apps/v1/deployments' # the other\n";
  assert.deepEqual(resourcesOf(text), ["v1/pods", "apps/v1/deployments"]);
});
