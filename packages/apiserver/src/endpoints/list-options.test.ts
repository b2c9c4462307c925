import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigMap, Node, Pod } from "@dingi/api";
import type { AnyKind, StatusError } from "@dingi/apimachinery";
import type { ResourceCall } from "./endpoint.ts";
import { parseListOptions } from "./list-options.ts";

function parse(query: string, { kind = Pod as unknown, watch = false } = {}) {
  const request = { query: new URLSearchParams(query) };
  const call = { kind: kind as AnyKind, info: { apiVersion: "v1" }, request } as unknown as ResourceCall;
  return parseListOptions(call, watch);
}

/** The fields that are wrong, or the status and the words where it is none of them. */
function refusal(query: string, options?: Parameters<typeof parse>[1]): readonly string[] {
  try {
    parse(query, options);
    return [];
  } catch (error) {
    const { code, message, status } = error as StatusError;
    if (code !== 422) return [`${code} ${message}`];
    return (status.details?.causes ?? []).map(({ field, message: text }) => `${field}: ${text}`);
  }
}

describe("What a list is asked for", () => {
  test("is nothing in particular where nothing is said, or nothing is said of it", () => {
    const nothing = {
      labels: undefined,
      fields: undefined,
      resourceVersion: undefined,
      resourceVersionMatch: undefined,
      limit: 0,
      continueToken: "",
      sendInitialEvents: undefined,
      allowWatchBookmarks: false,
      timeoutSeconds: undefined,
    };
    assert.deepEqual(parse(""), nothing);
    const empty =
      "labelSelector=&fieldSelector=&resourceVersion=&resourceVersionMatch=&limit=&continue=&timeoutSeconds=";
    assert.deepEqual(parse(empty), nothing);
  });

  test("is read", () => {
    const asked = parse(
      "labelSelector=a%3Db&fieldSelector=spec.nodeName%3Dn&resourceVersion=5&resourceVersionMatch=Exact&limit=10",
    );
    assert.deepEqual([String(asked.labels), String(asked.fields)], ["a=b", "spec.nodeName=n"]);
    assert.deepEqual([asked.resourceVersion, asked.resourceVersionMatch, asked.limit], [5, "Exact", 10]);
    const query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1&timeoutSeconds=-3";
    const watched = parse(query, { watch: true });
    assert.deepEqual(
      [watched.sendInitialEvents, watched.allowWatchBookmarks, watched.timeoutSeconds],
      [true, true, -3],
    );
    assert.equal(
      parse("sendInitialEvents=false&resourceVersionMatch=NotOlderThan", { watch: true }).sendInitialEvents,
      false,
    );
    assert.equal(parse("continue=t").continueToken, "t");
  });
});

describe("A list is refused", () => {
  for (const [query, wanted] of [
    ["resourceVersion=18446744073709551615", []],
    ["resourceVersion=0&resourceVersionMatch=NotOlderThan", []],
    [
      "resourceVersionMatch=NotOlderThan",
      ["resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"],
    ],
    [
      "resourceVersion=0&resourceVersionMatch=Exact",
      ['resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"'],
    ],
    [
      "resourceVersion=1&resourceVersionMatch=NotOlderThan&continue=t",
      ["resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided"],
    ],
    [
      "resourceVersion=1&resourceVersionMatch=x",
      ['resourceVersionMatch: Unsupported value: "x": supported values: "Exact", "NotOlderThan", ""'],
    ],
    ["sendInitialEvents=false", ["sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"]],
    ["limit=x", ['400 strconv.ParseInt: parsing "x": invalid syntax']],
    ["timeoutSeconds=1.5", ['400 strconv.ParseInt: parsing "1.5": invalid syntax']],
    [
      "resourceVersion=x",
      [
        '400 invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
      ],
    ],
    [
      "resourceVersion=18446744073709551616",
      [
        '400 invalid resource version: resourceVersion: Invalid value: "18446744073709551616": strconv.ParseUint: parsing "18446744073709551616": value out of range',
      ],
    ],
  ] as const)
    test(query, () => assert.deepEqual(refusal(query), wanted));

  test("whose selectors cannot be read", () => {
    for (const query of ["labelSelector=a%3D%3D%3Db%3D", "fieldSelector=a"]) assert.match(refusal(query)[0]!, /^400 /);
  });
});

describe("A watch is refused", () => {
  const forbidden = (text: string) => `resourceVersionMatch: Forbidden: ${text}`;
  const NEEDS = forbidden("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  const UNLESS = forbidden("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
  const ONLY = 'resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"';
  for (const [query, wanted] of [
    ["sendInitialEvents=true&resourceVersionMatch=NotOlderThan", []],
    ["sendInitialEvents=true", [NEEDS]],
    ["resourceVersionMatch=NotOlderThan", [UNLESS]],
    ["sendInitialEvents=true&resourceVersionMatch=Exact", [NEEDS, ONLY]],
    [
      "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=t",
      [forbidden("resourceVersionMatch is forbidden when continue is provided")],
    ],
    ["resourceVersion=x", ['500 resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax']],
  ] as const)
    test(query, () => assert.deepEqual(refusal(query, { watch: true }), wanted));
});

describe("Objects are selected by", () => {
  const unknown = (field: string) => [
    `400 "${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
  ];
  for (const [kind, field, wanted] of [
    [Pod, "metadata.name", []],
    [Pod, "metadata.namespace", []],
    [Pod, "spec.nodeName", []],
    [Pod, "spec.x", ["400 field label not supported: spec.x"]],
    [Node, "spec.unschedulable", []],
    [Node, "metadata.namespace", ["400 field label not supported: metadata.namespace"]],
    [ConfigMap, "metadata.namespace", []],
    [ConfigMap, "data", unknown("data")],
  ] as const)
    test(`${kind.kind}: ${field}${wanted.length > 0 ? ", which they are not" : ""}`, () =>
      assert.deepEqual(refusal(`fieldSelector=${field}%3Dx`, { kind }), wanted));
});
