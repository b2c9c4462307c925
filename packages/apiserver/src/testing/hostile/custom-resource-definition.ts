import { FILLING_BYTES, short, type Filling, type Json } from "./filling.ts";
import type { HostileKind } from "./hostile-kind.ts";

const specOf = (schema: Json, more: Json = {}): Json => ({
  spec: {
    group: "hostile.test",
    scope: "Namespaced",
    names: { plural: "targets", singular: "target", kind: "Target", listKind: "TargetList" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema }, ...more }],
  },
});
const objectOf = (schema: Json): Json => specOf({ type: "object", properties: { spec: schema } });
const TEXT = { type: "string" };
const nested = (levels: number, inner: Json, around: (inner: Json) => Json): Json => {
  let schema = inner;
  for (let i = 0; i < levels; i++) schema = around(schema);
  return schema;
};
const rule = (text: string): Json => ({ rule: text });
const validated = (rules: unknown): Json =>
  objectOf({ type: "object", properties: { a: TEXT }, "x-kubernetes-validations": rules });
const named = (names: Json): Json => {
  const { spec } = specOf({ type: "object" }) as { spec: Json };
  return { spec: { ...spec, names: { ...(spec["names"] as Json), ...names } } };
};
const list = (filling: Filling): Json => ({
  type: "array",
  items: { type: "object", properties: filling.map((i) => `a${short(i)}`, TEXT, 1 / 2) as Json },
});

export const customResourceDefinition: HostileKind = {
  url: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  name: "targets.hostile.test",
  base: {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    ...specOf({ type: "object", "x-kubernetes-preserve-unknown-fields": true }),
  },
  fields: {
    "wide properties": (filling) => objectOf({ type: "object", properties: filling.map((i) => `a${short(i)}`, TEXT) }),
    "properties of no type": (filling) =>
      objectOf({ type: "object", properties: filling.map((i) => `a${short(i)}`, {}) }),
    "deep properties": () => objectOf(nested(700, TEXT, (a) => ({ type: "object", properties: { a } }))),
    "deep items": () => objectOf(nested(700, TEXT, (items) => ({ type: "array", items }))),
    "deep allOf": () => objectOf({ type: "object", ...nested(700, {}, (a) => ({ allOf: [a] })) }),
    "deep negations": () => objectOf({ type: "object", ...nested(700, {}, (not) => ({ not })) }),
    "wide allOf": (filling) => objectOf({ type: "object", allOf: filling.items(() => ({})) }),
    "wide anyOf with requirements": (filling) =>
      objectOf({ type: "object", properties: { a: TEXT }, anyOf: filling.items(() => ({ required: ["a"] })) }),
    "a wide enumeration": (filling) => objectOf({ type: "string", enum: filling.items(short) }),
    "a wide enumeration of objects": (filling) => objectOf({ type: "object", enum: filling.items((i) => ({ a: i })) }),
    "required fields": (filling) => objectOf({ type: "object", required: filling.items(short) }),
    "a long pattern": () => objectOf({ type: "string", pattern: "(a*)*".repeat(FILLING_BYTES / 5) }),
    "a pattern of parentheses": () => objectOf({ type: "string", pattern: "(".repeat(FILLING_BYTES / 2) }),
    patterns: (filling) =>
      objectOf({ type: "object", properties: filling.map((i) => `a${short(i)}`, { ...TEXT, pattern: "^(a|b)+$" }) }),
    "a wide default": (filling) =>
      objectOf({
        type: "object",
        additionalProperties: TEXT,
        default: filling.map((i) => `a${short(i)}`, ""),
      }),
    "defaults within defaults": () =>
      objectOf(
        nested(300, { type: "object", default: {} }, (a) => ({ type: "object", default: {}, properties: { a } })),
      ),
    "keys of a list": (filling) =>
      objectOf({
        ...list(filling),
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": filling.items((i) => `a${short(i)}`, 1 / 2),
      }),
    versions: (filling) => {
      const { spec } = specOf({ type: "object" }) as { spec: Json };
      const schema = { openAPIV3Schema: { type: "object" } };
      return {
        spec: {
          ...spec,
          versions: filling.items((i) => ({ name: `v${i + 1}`, served: true, storage: i === 0, schema })),
        },
      };
    },
    "printer columns": (filling) =>
      specOf(
        { type: "object" },
        {
          additionalPrinterColumns: filling.items((i) => ({ name: short(i), type: "string", jsonPath: ".spec.a" })),
        },
      ),
    "a long path of a column": () =>
      specOf(
        { type: "object" },
        {
          additionalPrinterColumns: [{ name: "a", type: "string", jsonPath: ".a".repeat(FILLING_BYTES / 2) }],
        },
      ),
    "selectable fields": (filling) =>
      specOf({ type: "object" }, { selectableFields: filling.items((i) => ({ jsonPath: `.spec.${short(i)}` })) }),
    "short names": (filling) => named({ shortNames: filling.items((i) => `a${short(i)}`) }),
    categories: (filling) => named({ categories: filling.items((i) => `a${short(i)}`) }),
    rules: (filling) => validated(filling.items(() => rule("self.a == ''"))),
    "rules that do not compile": (filling) => validated(filling.items(() => rule("self.b"))),
    "rules of wrong syntax": (filling) => validated(filling.items(() => rule("("))),
    "a long rule": () => validated([rule(`self.a == ''${" || self.a == ''".repeat(FILLING_BYTES / 16)}`)]),
    "a rule of parentheses": () => validated([rule("(".repeat(FILLING_BYTES))]),
    "a rule of a long text": () => validated([rule(`self.a == '${"a".repeat(FILLING_BYTES)}'`)]),
    "a rule of lists": () => validated([rule(`[${"[],".repeat(FILLING_BYTES / 3)}[]] == []`)]),
    "a rule of loops in loops": () =>
      validated([rule(`${"[1,2,3,4,5,6,7,8,9].all(x, ".repeat(12)}true${")".repeat(12)}`)]),
    "a rule of a long pattern": () => validated([rule(`self.a.matches('${"(a*)*".repeat(FILLING_BYTES / 6)}')`)]),
    "unknown fields below a long name": (filling) =>
      objectOf({
        type: "object",
        properties: { ["a".repeat(FILLING_BYTES / 2)]: filling.map((i) => `a${short(i)}`, 0, 1 / 2) },
      }),
  },
};
