import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

/** Generous, for machines that are slow or busy; what is not bounded takes half a minute. */
const MAX_CPU_MS = 6000;
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

let server: TestServer;

before(async () => void (server = await startTestServer()));
after(async () => await server[Symbol.asyncDispose]());

const many = <T>(count: number, item: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => item(i));
const named = (count: number, value: string) => Object.fromEntries(many(count, (i) => [`f${i}`, value]));
const list = (items: object, more: object = {}) => ({ type: "array", items, ...more });
const text = { type: "string" };

/** A schema, a value that is made to hurt by it, and what becomes of that. */
const SHAPES: Readonly<Record<string, readonly [schema: object, value: unknown, status: number]>> = {
  "many values among many choices": [
    list({ ...text, enum: many(5000, (i) => `e${i}`) }),
    many(60_000, () => "e4999"),
    201,
  ],
  "many values that are none of many choices": [
    list({ ...text, enum: many(5000, (i) => `e${i}`) }),
    many(60_000, () => "f"),
    422,
  ],
  "defaults of many items": [
    list({
      type: "object",
      properties: { d: { type: "object", additionalProperties: text, default: named(1000, "x") } },
    }),
    many(30_000, () => ({})),
    413,
  ],
  "a wide set": [list(text, { "x-kubernetes-list-type": "set" }), many(60_000, (i) => `a${i}`), 201],
  "a wide map": [
    list(
      { type: "object", properties: { k: text }, required: ["k"] },
      { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"] },
    ),
    many(30_000, (i) => ({ k: `a${i}` })),
    201,
  ],
  "a pattern that could be tried in many ways": [{ ...text, pattern: "^(a+)+$" }, `${"a".repeat(500_000)}b`, 422],
  "many alternatives": [
    list({ ...text, anyOf: many(50, (i) => ({ pattern: `^a{${i}}b` })) }),
    many(5000, () => "aaaac"),
    422,
  ],
};

async function define(plural: string, schema: object): Promise<void> {
  const names = { plural, singular: plural, kind: plural.toUpperCase(), listKind: `${plural.toUpperCase()}List` };
  const openAPIV3Schema = { type: "object", properties: { value: schema } };
  const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }];
  const spec = { group: "hostile.test", scope: "Namespaced", names, versions };
  const metadata = { name: `${plural}.hostile.test` };
  const { status } = await server.send({ method: "POST", url: DEFINITIONS, body: { metadata, spec } });
  assert.equal(status, 201);
  for (let served = false; !served;) {
    await server.clock.advance(10);
    served = (await server.send({ url: `/apis/hostile.test/v1/${plural}` })).status === 200;
  }
}

for (const [i, [name, [schema, value, expected]]] of Object.entries(SHAPES).entries())
  test(`${name} cost little`, async () => {
    const plural = `shape${i}`;
    await define(plural, schema);
    const body = { apiVersion: "hostile.test/v1", kind: plural.toUpperCase(), metadata: { name: "x" }, value };
    const start = process.threadCpuUsage();
    const url = `/apis/hostile.test/v1/namespaces/default/${plural}?dryRun=All`;
    const answer = await server.send({ method: "POST", url, body });
    const { user, system } = process.threadCpuUsage(start);
    assert.equal(answer.status, expected);
    assert.ok(user + system < 1000 * MAX_CPU_MS, `${(user + system) / 1000} ms`);
    assert.ok(answer.text.length < MAX_ANSWER_BYTES, `an answer of ${answer.text.length} bytes`);
  });
