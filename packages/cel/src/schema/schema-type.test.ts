import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { formatType } from "../check/type.ts";
import { CelError } from "../value/error.ts";
import { equals } from "../value/compare.ts";
import type { CelMap } from "../value/value.ts";
import { escapeField } from "./escape.ts";
import { schemaProvider } from "./schema-provider.ts";
import type { Schema } from "./schema-type.ts";
import { schemaDeclType } from "./schema-type.ts";

const REQUEST = 3 * 1024 * 1024;

suite("what expressions see of a schema", () => {
  const table: readonly (readonly [Schema, string, number, number])[] = [
    [{ type: "string" }, "string", REQUEST - 2, 2],
    [{ type: "string", maxLength: 10 }, "string", 40, 2],
    [{ type: "string", enum: ["a", "bcd"] }, "string", 3, 2],
    [{ type: "string", format: "byte", maxLength: 10 }, "bytes", 10, 2],
    [{ type: "string", format: "duration" }, "duration", 32, 3],
    [{ type: "string", format: "date" }, "timestamp", 12, 12],
    [{ type: "string", format: "date-time" }, "timestamp", 32, 21],
    [{ type: "boolean" }, "bool", 0, 4],
    [{ type: "integer" }, "int", 0, 1],
    [{ type: "number" }, "double", 0, 1],
    [{ "x-kubernetes-int-or-string": true }, "dyn", REQUEST - 2, 1],
    [{ "x-kubernetes-int-or-string": true, maxLength: 5 }, "dyn", 20, 1],
    [{ type: "array", items: { type: "boolean" } }, "list(bool)", Math.floor((REQUEST - 2) / 5), 2],
    [{ type: "array", maxItems: 7, items: { type: "string" } }, "list(string)", 7, 2],
    [
      { type: "object", additionalProperties: { type: "integer" } },
      "map(string, int)",
      Math.floor((REQUEST - 2) / 7),
      2,
    ],
    [{ type: "object", maxProperties: 3, additionalProperties: { type: "integer" } }, "map(string, int)", 3, 2],
    [
      { type: "object", required: ["ab"], properties: { ab: { type: "integer" }, c: { type: "string" } } },
      "root",
      0,
      9,
    ],
    [{ type: "object", required: ["ab"], properties: { ab: { type: "integer", default: 1 } } }, "root", 0, 2],
  ];
  for (const [schema, type, maxElements, minSerializedSize] of table) {
    test(JSON.stringify(schema), () => {
      const decl = schemaDeclType(schema, "root")!;
      assert.deepEqual(
        [formatType(decl.type), decl.maxElements, decl.minSerializedSize],
        [type, maxElements, minSerializedSize],
      );
    });
  }

  test("nothing of what has no type", () => {
    assert.equal(schemaDeclType({ "x-kubernetes-preserve-unknown-fields": true }, "root"), undefined);
    assert.equal(schemaDeclType({ type: "array" }, "root"), undefined);
    const decl = schemaDeclType(
      { type: "object", properties: { any: {}, "1": { type: "string" }, ok: { type: "string" } } },
      "root",
    )!;
    assert.deepEqual([...decl.fields!.keys()], ["ok"]);
  });

  test("an embedded resource shows its type and name", () => {
    const embedded: Schema = { type: "object", "x-kubernetes-embedded-resource": true };
    const decl = schemaDeclType({ type: "object", properties: { template: embedded } }, "root")!;
    const provider = schemaProvider(decl);
    assert.equal(formatType(provider.findField("root.template", "kind")!), "string");
    assert.equal(formatType(provider.findField("root.template.metadata", "generateName")!), "string");
  });

  test("data that do not fit are errors, and null only where it may be", () => {
    const decl = schemaDeclType({ type: "object", additionalProperties: { type: "string" } }, "root")!;
    const value = decl.read({ a: null, b: 5, c: "x" }) as CelMap;
    assert.ok(value.find("a") instanceof CelError && value.find("b") instanceof CelError);
    assert.equal(value.find("c"), "x");
    assert.equal(schemaDeclType({ type: "string", nullable: true }, "root")!.read(null), null);
  });
});

suite("lists that are sets or maps", () => {
  const set = schemaDeclType({ type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" }, "root")!;
  const item: Schema = { type: "object", properties: { k: { type: "string" }, v: { type: "integer" } } };
  const map = schemaDeclType(
    { type: "array", items: item, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"] },
    "root",
  )!;

  test("are equal in any order", () => {
    assert.equal(equals(set.read(["a", "b"]), set.read(["b", "a"])), true);
    assert.equal(equals(set.read(["a", "b"]), set.read(["a", "c"])), false);
    assert.equal(equals(map.read([{ k: "a", v: 1 }, { k: "b" }]), map.read([{ k: "b" }, { k: "a", v: 1 }])), true);
    assert.equal(equals(map.read([{ k: "a", v: 1 }]), map.read([{ k: "a", v: 2 }])), false);
  });
});

test("names of fields that an expression cannot spell are escaped, or not to be had", () => {
  const table = {
    a: "a",
    in: "__in__",
    "a-b": "a__dash__b",
    "a.b/c": "a__dot__b__slash__c",
    a__b: "a__underscores__b",
  };
  for (const [name, escaped] of Object.entries(table)) assert.equal(escapeField(name), escaped);
  for (const name of ["1a", "a b", "é", ""]) assert.equal(escapeField(name), undefined);
});
