import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  encodeEnvelope,
  encodeProtobuf,
  V1DeleteOptions,
  type ApiRequest,
  type V1DeleteOptions as DeleteOptions,
} from "@dingi/apimachinery";
import { checkDeleteOptions, readDeleteOptions } from "./delete-options.ts";

const PROTOBUF = "application/vnd.kubernetes.protobuf";
const FOREGROUND = { propagationPolicy: "Foreground" };

interface Sent {
  readonly body?: string | Uint8Array;
  readonly type?: string;
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly object?: unknown;
}

const read = ({ body, type = "application/json", query = "", headers = {}, object }: Sent) =>
  readDeleteOptions({
    method: "DELETE",
    query: new URLSearchParams(query),
    headers: { "content-type": type, ...headers },
    signal: new AbortController().signal,
    ...(object === undefined ? {} : { object }),
    ...(body === undefined ? {} : { readBody: () => Promise.resolve(Buffer.from(body)) }),
  } as unknown as ApiRequest);

const protobuf = (kind: string) => encodeEnvelope("v1", kind, encodeProtobuf(V1DeleteOptions, FOREGROUND));

describe("What a deletion is to do is read", () => {
  for (const [title, sent, wanted] of [
    ["from JSON", { body: '{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Foreground"}' }, FOREGROUND],
    [
      "from JSON of any group",
      { body: '{"kind":"DeleteOptions","apiVersion":"a.test/v7","propagationPolicy":"Foreground"}' },
      FOREGROUND,
    ],
    ["from JSON without a type", { body: '{"propagationPolicy":"Foreground"}' }, FOREGROUND],
    ["from YAML", { body: "kind: DeleteOptions\npropagationPolicy: Foreground", type: "application/yaml" }, FOREGROUND],
    ["from protobuf", { body: protobuf("DeleteOptions"), type: PROTOBUF }, FOREGROUND],
    ["from an object of this process", { object: { kind: "DeleteOptions", ...FOREGROUND } }, FOREGROUND],
    ["from null", { body: "null" }, {}],
    ["from the body, not the query", { body: "{}", query: "propagationPolicy=Orphan" }, {}],
    [
      "from the query where there is no body",
      { query: "propagationPolicy=Orphan&gracePeriodSeconds=-5&orphanDependents=false&dryRun=All&dryRun=x" },
      { propagationPolicy: "Orphan", gracePeriodSeconds: -5, orphanDependents: false, dryRun: ["All", "x"] },
    ],
    [
      "from the query where the body is empty",
      { body: "", query: "orphanDependents=true" },
      { orphanDependents: true },
    ],
    [
      "from the query where the body is said to be empty",
      { body: "{}", headers: { "content-length": "0" }, query: "gracePeriodSeconds=%2B1" },
      { gracePeriodSeconds: 1 },
    ],
    ["from a query that says nothing", {}, {}],
  ] as const)
    test(title, async () => assert.partialDeepStrictEqual({ ...(await read(sent)) }, wanted));

  test("from a query that says nothing, as nothing", async () => assert.deepEqual(await read({}), {}));
});

describe("What is none is refused:", () => {
  const json = (text: string) => ({ body: text });
  for (const [title, sent, message] of [
    ["another kind", json('{"kind":"Pod","apiVersion":"v1"}'), /Pod/],
    ["another kind in protobuf", { body: protobuf("Pod"), type: PROTOBUF }, /Pod/],
    ["a version of three parts", json('{"apiVersion":"a/b/c"}'), /^unexpected GroupVersion string: a\/b\/c$/],
    ["a list", json("[]"), /^couldn't get version\/kind; json parse error: json: cannot unmarshal array into Go value/],
    ["a number", json("1"), /cannot unmarshal number into Go value/],
    ["a kind that is no text", json('{"kind":1}'), /^couldn't get version\/kind; json parse error: /],
    ["no JSON", json("{"), /^couldn't get version\/kind; json parse error: /],
    ["a time that is no number", { query: "gracePeriodSeconds=x" }, /^strconv.ParseInt: parsing "x": invalid syntax$/],
  ] as const)
    test(title, async () => await assert.rejects(read(sent), { code: 400, message }));

  test("a type that nobody reads", async () =>
    await assert.rejects(read({ body: "{}", type: "text/plain" }), { code: 415 }));
});

describe("What contradicts itself is refused", () => {
  for (const [options, wanted] of [
    [{}, []],
    [{ propagationPolicy: "Orphan", dryRun: ["All"] }, []],
    [{ orphanDependents: true }, []],
    [{ propagationPolicy: "Foreground", orphanDependents: false }, ["propagationPolicy"]],
    [{ propagationPolicy: "Later" }, ["propagationPolicy"]],
    [{ dryRun: ["All", "x"] }, ["dryRun"]],
    [
      { propagationPolicy: "Later", orphanDependents: true, dryRun: ["x"] },
      ["propagationPolicy", "propagationPolicy", "dryRun"],
    ],
  ] as const)
    test(JSON.stringify(options), () => {
      const check = () => checkDeleteOptions(options as DeleteOptions);
      if (wanted.length === 0) return check();
      assert.throws(check, (error: { code: number; status: { details: { causes: { field: string }[] } } }) => {
        assert.equal(error.code, 422);
        assert.deepEqual(
          error.status.details.causes.map(({ field }) => field),
          wanted,
        );
        return true;
      });
    });
});
