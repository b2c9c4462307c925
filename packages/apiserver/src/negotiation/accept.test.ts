import assert from "node:assert/strict";
import { test } from "node:test";
import { negotiate, wantsPretty, type Negotiated, type NegotiateOptions } from "./accept.ts";

const PROTOBUF = "application/vnd.kubernetes.protobuf";
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

const CASES: readonly [accept: string | undefined, options: NegotiateOptions, expected: Partial<Negotiated>][] = [
  [undefined, {}, { mediaType: "application/json", view: "Object", pretty: false }],
  ["", {}, { mediaType: "application/json" }],
  ["*/*", {}, { mediaType: "application/json" }],
  ["application/*", {}, { mediaType: "application/json" }],
  ["application/yaml", {}, { mediaType: "application/yaml" }],
  ["Application/JSON", {}, { mediaType: "application/json" }],
  ["text/html, application/yaml", {}, { mediaType: "application/yaml" }],
  [`${PROTOBUF}, application/json`, {}, { mediaType: PROTOBUF }],
  [`application/json;q=0.5, ${PROTOBUF}`, {}, { mediaType: PROTOBUF }],
  ["application/json;pretty=1", {}, { pretty: true }],
  [TABLE, { views: ["Table"] }, { view: "Table", viewVersion: "v1" }],
  [TABLE.replace("v1", "v1beta1"), { views: ["Table"] }, { view: "Table", viewVersion: "v1beta1" }],
  [`${TABLE}, application/json`, {}, { view: "Object" }],
  ["application/yaml, application/json", { stream: true }, { mediaType: "application/json" }],
];

for (const [accept, options, expected] of CASES) {
  test(`Accept ${accept ?? "absent"} ${JSON.stringify(options)}`, () => {
    assert.partialDeepStrictEqual(negotiate(accept, options), expected);
  });
}

const REFUSED: readonly [accept: string, options: NegotiateOptions][] = [
  ["text/html", {}],
  [TABLE, {}],
  [TABLE.replace("v=v1", "v=v2"), { views: ["Table"] }],
  [TABLE.replace("meta.k8s.io", "example.org"), { views: ["Table"] }],
  ["application/yaml", { stream: true }],
];

for (const [accept, options] of REFUSED) {
  test(`Accept ${accept} ${JSON.stringify(options)} cannot be met`, () => {
    assert.throws(() => negotiate(accept, options), { code: 406 });
  });
}

test("Terminal fetchers get indented JSON, unless they say otherwise", () => {
  assert.equal(wantsPretty(null, "curl/8"), true);
  assert.equal(wantsPretty("0", "curl/8"), false);
  assert.equal(wantsPretty(null, "kubectl/v1"), false);
  assert.equal(wantsPretty("true", undefined), true);
});
