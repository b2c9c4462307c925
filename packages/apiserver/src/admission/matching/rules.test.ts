import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Deployment, Event, Namespace, Node, Pod, type V1RuleWithOperations } from "@dingi/api";
import { parseLabelSelector } from "@dingi/apimachinery";
import type { AdmissionAttributes } from "../attributes.ts";
import { matchingVersion } from "./matching-version.ts";
import { objectMatches } from "./objects.ts";
import { namespaceOf, resourceIn } from "./resource.ts";
import { ruleMatches } from "./rules.ts";

const ANY = { operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*/*"] };
const rule = (more: Partial<V1RuleWithOperations>) => ({ ...ANY, ...more }) as V1RuleWithOperations;

function write(more: object = {}): AdmissionAttributes {
  const kind = "kind" in more ? (more.kind as { apiVersion: string }) : Pod;
  const common = { operation: "CREATE", apiVersion: kind.apiVersion, subresource: "", namespace: "n", name: "p" };
  return { ...common, kind, ...more } as unknown as AdmissionAttributes;
}

const NAMESPACE = { kind: Namespace, namespace: "", name: "n" };
const NODE = { kind: Node, namespace: "", name: "w" };
const LOG = { subresource: "log" };

describe("A rule is about a request", () => {
  for (const [title, one, attributes, wanted] of [
    ["of everything", {}, {}, true],
    ["of its operation", { operations: ["UPDATE", "CREATE"] }, {}, true],
    ["of other operations", { operations: ["UPDATE"] }, {}, false],
    ["of no operation", { operations: undefined }, {}, false],
    ["of its group", { apiGroups: [""] }, {}, true],
    ["of another group", { apiGroups: ["apps"] }, {}, false],
    ["of its version", { apiVersions: ["v1"] }, {}, true],
    ["of another version", { apiVersions: ["v2"] }, {}, false],
    ["of its resource", { resources: ["nodes", "pods"] }, {}, true],
    ["of another resource", { resources: ["nodes"] }, {}, false],
    ["of no resource", { resources: undefined }, {}, false],
    ["of every resource", { resources: ["*"] }, {}, true],
    ["of a subresource, by every resource", { resources: ["*"] }, LOG, false],
    ["of a subresource, by its resource", { resources: ["pods"] }, LOG, false],
    ["of its subresource", { resources: ["pods/log"] }, LOG, true],
    ["of every subresource of it", { resources: ["pods/*"] }, LOG, true],
    ["of every subresource and itself", { resources: ["pods/*"] }, {}, true],
    ["of that subresource of all", { resources: ["*/log"] }, LOG, true],
    ["of that subresource, for the whole", { resources: ["*/log"] }, {}, false],
    ["of another subresource", { resources: ["pods/exec"] }, LOG, false],
    ["of what lies in namespaces", { scope: "Namespaced" }, {}, true],
    ["of what lies in none", { scope: "Cluster" }, {}, false],
    ["of what lies in none, for a node", { scope: "Cluster" }, NODE, true],
    ["of what lies in namespaces, for a node", { scope: "Namespaced" }, NODE, false],
    ["of what lies in none, for a namespace", { scope: "Cluster" }, NAMESPACE, true],
    ["of what lies in namespaces, for a namespace", { scope: "Namespaced" }, NAMESPACE, false],
    ["of whatever scope", { scope: "*" }, NODE, true],
    ["of a scope that there is not", { scope: "x" }, {}, false],
  ] as const)
    test(`${title}: ${wanted}`, () => {
      const about = write(attributes);
      const resource = resourceIn(about.apiVersion, about);
      assert.equal(ruleMatches(rule(one as never), about, resource), wanted);
    });
});

describe("The version that rules name", () => {
  const event = write({ kind: Event, apiVersion: "v1" });
  const older = rule({ apiGroups: ["events.k8s.io"], apiVersions: ["v1"] });
  const own = rule({ apiGroups: [""], apiVersions: ["v1"] });
  const none = rule({ apiGroups: ["apps"] });
  for (const [title, rules, matchPolicy, wanted] of [
    ["is the one that was asked for, before others", [older, own], "Equivalent", "v1"],
    ["is an equivalent one", [none, older], "Equivalent", "events.k8s.io/v1"],
    ["is none where equivalents do not count", [older], "Exact", undefined],
    ["is none where equivalents are not said to count", [older], undefined, undefined],
    ["is none of others", [none], "Equivalent", undefined],
  ] as const)
    test(title, () => assert.equal(matchingVersion({ rules, matchPolicy }, event), wanted));

  test("is named for objects of these names only", () => {
    const named = { ...rule({}), resourceNames: ["p", "q"] };
    const find = (name: string) => matchingVersion({ rules: [named], matchPolicy: "Exact" }, write({ name }));
    assert.deepEqual([find("p"), find("r")], ["v1", undefined]);
    assert.equal(matchingVersion({ rules: [{ ...named, resourceNames: [] }], matchPolicy: "Exact" }, write()), "v1");
  });

  test("is the only one where a kind has one", () => {
    const wrong = rule({ apiVersions: ["v9"] });
    assert.equal(
      matchingVersion({ rules: [wrong], matchPolicy: "Equivalent" }, write({ kind: Deployment })),
      undefined,
    );
  });
});

test("a namespace lies in the one of its name, unless that was just made up", () => {
  assert.equal(namespaceOf(write()), "n");
  assert.equal(namespaceOf(write({ ...NAMESPACE, name: "m", object: { metadata: {} } })), "m");
  const made = { ...NAMESPACE, name: "m-abc", object: { metadata: { generateName: "m-" } } };
  assert.equal(namespaceOf(write(made)), "");
  assert.equal(namespaceOf(write({ ...made, operation: "UPDATE" })), "m-abc");
});

test("an object is chosen by its labels before or after", () => {
  const selector = parseLabelSelector("a=b");
  const labelled = (a: string) => ({ metadata: { labels: { a } } });
  const chosen = (more: object) => objectMatches(selector, write(more));
  assert.equal(chosen({ object: labelled("b") }), true);
  assert.equal(chosen({ object: labelled("c"), oldObject: labelled("b") }), true);
  assert.equal(chosen({ object: labelled("c"), oldObject: labelled("c") }), false);
  assert.equal(chosen({ oldObject: labelled("b") }), true);
  assert.equal(chosen({ object: {} }), false);
  assert.equal(objectMatches(parseLabelSelector("!a"), write({ object: {} })), false, "what has no metadata");
  assert.equal(objectMatches(parseLabelSelector(""), write({ object: {} })), true);
});
