import assert from "node:assert/strict";
import { test } from "node:test";
import { Discovery, type Resource } from "../discovery/discovery.ts";
import { parseTargets } from "./targets.ts";

const resource = (plural: string, singular: string): Resource => ({
  group: "",
  version: "v1",
  kind: singular,
  plural,
  singular,
  shortNames: [],
  categories: ["all"],
  namespaced: true,
  verbs: ["list"],
  preferred: true,
});
const discovery = new Discovery({
  resources: [resource("pods", "pod"), resource("services", "service")],
  apiVersions: ["v1"],
});

for (const [words, expected] of [
  [["pods"], "pods"],
  [["pod", "a", "b"], "pods/a pods/b"],
  [["pod/a", "service/b"], "pods/a services/b"],
  [["pods,services", "a"], "pods/a services/a"],
  [["all"], "pods services"],
] as const)
  test(`${words.join(" ")} names ${expected}`, () => {
    const found = parseTargets(discovery, words).map(({ resource: { plural }, name }) =>
      [plural, name].filter(Boolean),
    );
    assert.equal(found.map((parts) => parts.join("/")).join(" "), expected);
  });

test("a type apart from TYPE/NAME is refused", () => {
  assert.throws(() => parseTargets(discovery, ["pods", "pod/a"]), /there is no need to specify a resource type/);
});
