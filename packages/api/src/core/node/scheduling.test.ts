import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeOf } from "../../testing/objects.ts";
import {
  findUntoleratedTaint,
  matchesNodeSelector,
  matchesRequiredNodeAffinity,
  preferredNodeScore,
  taintText,
  tolerates,
} from "./index.ts";

const taint = { key: "a", value: "b", effect: "NoSchedule" };
const terms = (...requirements: { key: string; operator: string; values?: string[] }[]) => ({
  nodeSelectorTerms: [{ matchExpressions: requirements }],
});

test("a toleration matches by key, value and effect", () => {
  assert.ok(tolerates([{ key: "a", value: "b" }], taint), "no operator is Equal, no effect is any");
  assert.ok(tolerates([{ operator: "Exists" }], taint), "no key is any");
  assert.ok(!tolerates([{ key: "a", operator: "Equal", value: "c" }], taint));
  assert.ok(!tolerates([{ key: "a", operator: "Exists", effect: "NoExecute" }], taint));
  assert.ok(!tolerates([{ key: "a", operator: "Odd" }], taint));
  assert.ok(!tolerates(undefined, taint));
});

test("only taints of the effects asked for count", () => {
  const soft = { key: "s", effect: "PreferNoSchedule" };
  assert.equal(findUntoleratedTaint([soft, taint], [], ["NoSchedule", "NoExecute"]), taint);
  assert.equal(findUntoleratedTaint([soft], [], ["NoSchedule"]), undefined);
  assert.deepEqual([taint, soft, { key: "k", value: "v", effect: "" }].map(taintText), [
    "a=b:NoSchedule",
    "s:PreferNoSchedule",
    "k=v:",
  ]);
});

test("node selectors", () => {
  const node = nodeOf({ zone: "a", cores: "8" }, "n1");
  assert.ok(matchesNodeSelector(terms({ key: "zone", operator: "In", values: ["a", "b"] }), node));
  assert.ok(matchesNodeSelector(terms({ key: "none", operator: "NotIn", values: ["a"] }), node));
  assert.ok(matchesNodeSelector(terms({ key: "cores", operator: "Gt", values: ["7"] }), node));
  assert.ok(!matchesNodeSelector(terms({ key: "cores", operator: "Lt", values: ["8"] }), node));
  assert.ok(!matchesNodeSelector(terms({ key: "zone", operator: "Gt", values: ["7"] }), node), "no number");
  assert.ok(!matchesNodeSelector(terms({ key: "constructor", operator: "Exists" }), node));
  assert.ok(!matchesNodeSelector({ nodeSelectorTerms: [{}] }, node), "an empty term matches nothing");
  const byName = { nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["n1"] }] }] };
  assert.ok(matchesNodeSelector(byName, node));
  assert.ok(!matchesNodeSelector(byName, nodeOf({}, "n2")));
});

test("a pod's demands and wishes", () => {
  const node = nodeOf({ zone: "a" });
  assert.ok(matchesRequiredNodeAffinity({}, node));
  assert.ok(!matchesRequiredNodeAffinity({ nodeSelector: { zone: "b" } }, node));
  const nodeAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: terms({ key: "zone", operator: "Exists" }),
  };
  assert.ok(matchesRequiredNodeAffinity({ nodeSelector: { zone: "a" }, affinity: { nodeAffinity } }, node));
  const wishes = [
    { weight: 3, preference: terms({ key: "zone", operator: "Exists" }).nodeSelectorTerms[0]! },
    { weight: 5, preference: terms({ key: "disk", operator: "Exists" }).nodeSelectorTerms[0]! },
  ];
  assert.equal(preferredNodeScore(wishes, node), 3);
});
