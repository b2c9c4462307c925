import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldErrorText } from "@dingi/apimachinery";
import type { Schema } from "../../customresourcedefinition/subschemas.ts";
import { Correlated } from "../correlated.ts";
import { evaluateRules } from "./evaluate-rules.ts";

const rule = (text: string, more: object = {}) => ({ rule: text, ...more });
const texts = (errors: ReturnType<typeof evaluateRules>["errors"]): string[] => errors.map(fieldErrorText);

const LIST: Schema = {
  type: "array",
  items: { type: "integer", "x-kubernetes-validations": [rule("self > 0", { message: "has to be positive" })] },
};

test("all rules of an object share one budget, and the rest is not looked at when it is spent", () => {
  const list = Array.from({ length: 50 }, () => 0);
  const all = evaluateRules(LIST, list, { isRoot: false });
  assert.equal(all.errors.length, 50);
  const { errors, budget } = evaluateRules(LIST, list, { isRoot: false, budget: 10 });
  assert.ok(budget < 0);
  assert.match(texts(errors).at(-1)!, /running out of cost budget/);
  assert.ok(errors.length < 50);
});

test("what is wrong and was so before is a warning, and an error where nobody takes warnings", () => {
  const correlated = new Correlated(LIST, [0], [0]);
  const warnings: string[] = [];
  const told = evaluateRules(LIST, [0], { isRoot: false, old: [0], correlated, warn: (text) => warnings.push(text) });
  assert.deepEqual(told.errors, []);
  assert.deepEqual(warnings, ["[0]: Invalid value: 0: has to be positive"]);
  assert.equal(evaluateRules(LIST, [0], { isRoot: false, old: [0], correlated }).errors.length, 1);
});

test("nothing is compiled of a schema without rules, and no rule runs on null", () => {
  assert.deepEqual(evaluateRules({ type: "object" }, { a: 1 }, { isRoot: true }).errors, []);
  const schema: Schema = { type: "string", nullable: true, "x-kubernetes-validations": [rule("self == 'x'")] };
  assert.deepEqual(evaluateRules(schema, null, { isRoot: false }).errors, []);
});

test("names of fields that every object of this language has are fields like others", () => {
  const schema: Schema = {
    type: "object",
    properties: JSON.parse('{"__proto__":{"type":"string"},"constructor":{"type":"string"}}') as Record<string, Schema>,
    "x-kubernetes-validations": [rule("!has(self.constructor) || self.constructor == 'x'")],
  };
  assert.deepEqual(evaluateRules(schema, {}, { isRoot: false }).errors, []);
  const value: unknown = JSON.parse('{"constructor":"y","__proto__":"z"}');
  assert.equal(evaluateRules(schema, value, { isRoot: false }).errors.length, 1);
});
