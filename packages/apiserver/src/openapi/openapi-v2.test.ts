import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { builtinKinds, builtinReviews } from "@dingi/api";
import { Scheme } from "@dingi/apimachinery";
import { summarize, type OpenApiSummary } from "../../../../test/parity/openapi/summary.ts";
import { openApiV2 } from "./openapi-v2.ts";

const RECORDED = join(import.meta.dirname, "../../../../test/parity/openapi/recorded.json");

/** What differs, and why. One that matches nothing any more fails. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/query ignoreStoreReadErrorWithClusterBreakingPotential boolean$/, "there is no store whose objects cannot be read"],
  [/query shardSelector string$/, "lists are not sharded"],
  [/x-kubernetes-unions/, "which fields exclude each other is told by validation alone"],
  [
    /meta\.v1\.DeleteOptions: .*x-kubernetes-group-version-kind/,
    "upstream names it in every group it has, served or not",
  ],
  [/items\.enum/, "of lists, the values that items can have are not kept"],
  [/APIServiceSpec: .*caBundle\.x-kubernetes-list-type/, "bytes are no list here"],
  [/log: only ours has query sinceTime string$/, "upstream takes it and does not say so"],
];

const document = openApiV2(new Scheme(builtinKinds, builtinReviews), "1.37");
const ours = summarize(JSON.parse(JSON.stringify(document)) as Record<string, unknown>);
const upstream = JSON.parse(readFileSync(RECORDED, "utf8")) as OpenApiSummary;

/** What one side says and the other does not, of the things that we have. */
function differences(): string[] {
  const operations = Object.entries(ours.operations).flatMap(([name, facts]) => {
    const known = upstream.operations[name];
    return known ? differing(name, facts, known) : [`${name}: upstream has no such operation`];
  });
  const definitions = Object.entries(ours.definitions).flatMap(([name, schema]) => {
    const known = upstream.definitions[name];
    return known ? differing(name, facts(schema), facts(known)) : [`${name}: upstream has no such definition`];
  });
  return [...operations, ...missing(), ...definitions];
}

function differing(name: string, mine: readonly string[], theirs: readonly string[]): string[] {
  return [
    ...theirs.filter((fact) => !mine.includes(fact)).map((fact) => `${name}: only upstream's has ${fact}`),
    ...mine.filter((fact) => !theirs.includes(fact)).map((fact) => `${name}: only ours has ${fact}`),
  ];
}

/** Operations on resources that are here. */
function missing(): string[] {
  const resourceOf = (name: string) =>
    name.replace(/^\w+ /, "").replace("/namespaces/{namespace}/", "/").split("/{")[0];
  const here = new Set(Object.keys(ours.operations).map(resourceOf));
  return Object.keys(upstream.operations)
    .filter((name) => !(name in ours.operations) && here.has(resourceOf(name)))
    .map((name) => `${name}: is upstream's alone`);
}

/** One line for each leaf: "properties.spec.$ref = …". */
function facts(schema: unknown, path = ""): string[] {
  if (typeof schema !== "object" || schema === null || (Array.isArray(schema) && typeof schema[0] !== "object"))
    return [`${path} = ${JSON.stringify(schema)}`];
  return Object.entries(schema).flatMap(([name, one]) => facts(one, path === "" ? name : `${path}.${name}`));
}

describe("OpenAPI v2 is upstream's", () => {
  const found = differences();

  test("for all that is served here", () => {
    assert.deepEqual(
      found.filter((line) => !KNOWN.some(([match]) => match.test(line))),
      [],
    );
  });

  test("and what is known to differ does", () => {
    assert.deepEqual(
      KNOWN.filter(([match]) => !found.some((line) => match.test(line))),
      [],
    );
  });

  test("and no reference leads nowhere", () => {
    const named = JSON.stringify(document).matchAll(/"#\/definitions\/([^"]+)"/g);
    const definitions = document["definitions"] as object;
    assert.deepEqual(
      [...new Set([...named].map(([, name]) => name!))].filter((name) => !(name in definitions)),
      [],
    );
  });
});

test("kubectl creates what is never patched, such as a review, without asking for custom kinds where there are none", () => {
  const own = builtinKinds.filter(({ kind }) => kind !== "CustomResourceDefinition");
  const parametersOf = (kind: string): string[][] =>
    Object.values(
      openApiV2(new Scheme(own, builtinReviews), "1.37")["paths"] as Record<
        string,
        Record<string, Record<string, unknown>>
      >,
    )
      .map(({ patch }) => patch)
      .filter((patch) => (patch?.["x-kubernetes-group-version-kind"] as { kind: string } | undefined)?.kind === kind)
      .map((patch) => (patch!["parameters"] as { name: string }[]).map(({ name }) => name));
  // Found without the parameter, as what a custom resource would have; a kind of its own keeps it.
  assert.ok(parametersOf("Namespace").length > 0);
  for (const names of parametersOf("Namespace")) assert.equal(names.includes("fieldValidation"), false);
  for (const names of parametersOf("Pod")) assert.equal(names.includes("fieldValidation"), true);
});
