import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldErrorText, path } from "../errors/field-error.ts";
import { semanticEqual } from "./semantic-equal.ts";
import {
  isConfigMapKey,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isQualifiedName,
  isRelaxedEnvVarName,
  isValidPortName,
} from "./formats.ts";
import {
  cidrContains,
  formatCidr,
  formatIp,
  parseCidr,
  parseIp,
  validateCidr,
  validateIp,
  validateLegacyIp,
} from "./ip.ts";
import { validateLabelSelector } from "./labels.ts";
import { validateObjectMeta, validateObjectMetaUpdate } from "./object-meta.ts";

const metadata = path("metadata");

test("formats take what upstream takes", () => {
  const good: [(text: string) => string[], string[]][] = [
    [isDns1123Label, ["a", "1", "a-b", "a".repeat(63)]],
    [isDns1123Subdomain, ["a.b", "1.2", "a".repeat(253)]],
    [isDns1035Label, ["a", "a1-b"]],
    [isQualifiedName, ["a", "A_b.c", "example.com/x", "1/2"]],
    [isLabelValue, ["", "a", "A.b_c"]],
    [isConfigMapKey, ["a", ".a", "A_b-c.d"]],
    [isRelaxedEnvVarName, ["1 a", "#!"]],
    [isValidPortName, ["http", "80a", "a-b"]],
  ];
  for (const [check, texts] of good)
    for (const text of texts) assert.deepEqual(check(text), [], `${check.name} ${text}`);
  const bad: [(text: string) => string[], string[]][] = [
    [isDns1123Label, ["", "A", "-a", "a-", "a.b", "a\n", "a".repeat(64)]],
    [isDns1123Subdomain, ["", "a..b", "a.-b", "a".repeat(254)]],
    [isDns1035Label, ["1a", ""]],
    [isQualifiedName, ["", "/a", "a/", "a/b/c", "A/b", "a/-", "a".repeat(64)]],
    [isLabelValue, ["-", "a ", "a".repeat(64)]],
    [isConfigMapKey, ["", "..", ".", "..a", "a/b"]],
    [isRelaxedEnvVarName, ["", "a=b", "é", "a\n"]],
    [isValidPortName, ["", "80", "a--b", "-a", "A", "abcdefghijklmnop"]],
  ];
  for (const [check, texts] of bad)
    for (const text of texts) assert.notDeepEqual(check(text), [], `${check.name} ${text}`);
});

test("addresses are read, written and judged as Go does", () => {
  const canonical: Record<string, string> = {
    "10.0.0.1": "10.0.0.1",
    "010.0.0.1": "10.0.0.1",
    "::1": "::1",
    "2001:DB8:0:0:1:0:0:1": "2001:db8::1:0:0:1",
    "::ffff:1.2.3.4": "1.2.3.4",
    "1:2:3:4:5:6:7:0": "1:2:3:4:5:6:7:0",
  };
  for (const [text, expected] of Object.entries(canonical)) assert.equal(formatIp(parseIp(text)!), expected);
  for (const text of ["", "1.2.3", "1.2.3.256", "::g", "fe80::1%eth0", "1.2.3.4.5"])
    assert.equal(parseIp(text), undefined, text);
  assert.equal(formatCidr(parseCidr("10.1.2.3/9")!), "10.0.0.0/9");
  assert.equal(formatCidr(parseCidr("2001:db8::1/64")!), "2001:db8::/64");
  assert.ok(cidrContains(parseCidr("10.96.0.0/16")!, parseIp("10.96.200.1")!));
  assert.ok(!cidrContains(parseCidr("10.96.0.0/16")!, parseIp("10.97.0.1")!));
  const details = (errors: { detail: string }[]): string[] => errors.map((error) => error.detail);
  assert.deepEqual(details(validateIp("2001:DB8::1", metadata)), ['must be in canonical form ("2001:db8::1")']);
  assert.deepEqual(details(validateLegacyIp("010.0.0.1", metadata)), ["must not have leading 0s"]);
  assert.deepEqual(validateLegacyIp("010.0.0.1", metadata, ["010.0.0.1"]), []);
  assert.deepEqual(details(validateLegacyIp("::ffff:1.2.3.4", metadata)), ["must not be an IPv4-mapped IPv6 address"]);
  assert.deepEqual(details(validateCidr("10.0.0.1/8", metadata)), ["must not have bits set beyond the prefix length"]);
});

test("metadata rules", () => {
  const errors = validateObjectMeta(
    {
      name: "A",
      generateName: "ok-",
      labels: { "a b": "x" },
      annotations: { A: "x".repeat(300_000) },
      finalizers: ["orphan", "foregroundDeletion"],
      ownerReferences: [
        { apiVersion: "v1", kind: "Pod", name: "a", uid: "1", controller: true },
        { apiVersion: "a/b/c", kind: "Pod", name: "b", uid: "", controller: true },
      ],
    },
    { namespaced: true },
    metadata,
  );
  assert.deepEqual(
    errors.map((error) => `${error.field} ${error.type}`),
    [
      "metadata.name FieldValueInvalid",
      "metadata.namespace FieldValueRequired",
      "metadata.labels FieldValueInvalid",
      "metadata.annotations FieldValueTooLong",
      "metadata.ownerReferences[1].apiVersion FieldValueInvalid",
      "metadata.ownerReferences[1].uid FieldValueRequired",
      "metadata.ownerReferences FieldValueInvalid",
      "metadata.finalizers FieldValueInvalid",
    ],
  );
  assert.deepEqual(
    validateObjectMeta(
      { name: "system:a", generateName: "b-" },
      { namespaced: false, nameFormat: "pathSegment" },
      metadata,
    ),
    [],
  );
});

test("metadata may not change its identity", () => {
  const old = {
    name: "a",
    namespace: "n",
    uid: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    generation: 2,
    deletionTimestamp: "2026-01-01T00:00:01Z",
  };
  const errors = validateObjectMetaUpdate({ ...old, uid: "2", generation: 1, finalizers: ["x/y"] }, old, metadata);
  assert.deepEqual(errors.map(fieldErrorText), [
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x/y"}',
    'metadata.resourceVersion: Invalid value: "": must be specified for an update',
    "metadata.generation: Invalid value: 1: must not be decremented",
    'metadata.uid: Invalid value: "2": field is immutable',
  ]);
});

test("label selectors", () => {
  const errors = validateLabelSelector(
    {
      matchExpressions: [
        { key: "a", operator: "In" },
        { key: "a", operator: "Exists", values: ["x"] },
        { key: "", operator: "Odd", values: ["-"] },
      ],
    },
    path("spec", "selector"),
  );
  assert.deepEqual(
    errors.map((error) => error.field),
    [
      "spec.selector.matchExpressions[0].values",
      "spec.selector.matchExpressions[1].values",
      "spec.selector.matchExpressions[2].operator",
      "spec.selector.matchExpressions[2].key",
      "spec.selector.matchExpressions[2].key",
      "spec.selector.matchExpressions[2].values[0]",
    ],
  );
});

test("equality overlooks absent lists and the order of keys", () => {
  assert.ok(semanticEqual({ a: 1, b: [] }, { a: 1 }));
  assert.ok(semanticEqual({ a: 1, b: { c: [1] } }, { b: { c: [1] }, a: 1 }));
  assert.ok(!semanticEqual({ a: {} }, {}));
  assert.ok(!semanticEqual({ toString: 1 }, {}));
});
