import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FieldSelector, parseFieldSelector } from "./field-selector.ts";
import { everything, labelSelectorAsSelector, nothing, parseLabelSelector, selectorFromSet } from "./label-selector.ts";

const labels = { app: "web", tier: "5", "x.io/y": "", in: "a" };

test("label selectors match as upstream's do", () => {
  const table: [text: string, matches: boolean, canonical?: string][] = [
    ["", true],
    ["app=web", true],
    [" app == web , tier", true, "app==web,tier"],
    ["app!=web", false],
    ["none!=web", true],
    ["app in (web, db)", true, "app in (db,web)"],
    ["app notin (db)", true],
    ["none notin (db)", true],
    ["none in (db)", false],
    ["!app", false],
    ["!none,app", true, "app,!none"],
    ["tier>4,tier<6", true],
    ["tier>5", false],
    ["app>1", false],
    ["x.io/y=", true],
    ["x.io/y in (,)", true, "x.io/y in ()"],
    ["in in (in,a)", true, "in in (a,in)"],
    ["constructor", false],
  ];
  for (const [text, matches, canonical = text] of table) {
    const selector = parseLabelSelector(text);
    assert.equal(selector.matches(labels), matches, text);
    assert.equal(selector.toString(), canonical, text);
    assert.equal(selector.empty, text === "", text);
  }
  assert.equal(parseLabelSelector("!a").matches(undefined), true);
});

test("label selectors are refused in upstream's words", () => {
  const table: Record<string, string> = {
    ",": "found ',', expected: !, identifier, or 'end of string'",
    "a b": "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
    "a=b,": "found '', expected: identifier after ','",
    "a=b c": "found 'c', expected: ',' or 'end of string'",
    "a in b": "unable to parse requirement: found 'b' expected: '('",
    "a in (b c)": "unable to parse requirement: found 'c', expected: ',' or ')'",
    "a==!": "unable to parse requirement: found '!', expected: identifier",
    "a>b":
      "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
    "-a": "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    "a=b@":
      "unable to parse requirement: values[0][a]: Invalid value: \"b@\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
  };
  for (const [text, message] of Object.entries(table))
    assert.throws(() => parseLabelSelector(text), { name: "SelectorError", message }, text);
});

test("the selector inside objects", () => {
  assert.equal(labelSelectorAsSelector(undefined), nothing);
  assert.equal(nothing.matches(labels), false);
  assert.equal(labelSelectorAsSelector({}), everything);
  const selector = labelSelectorAsSelector({
    matchLabels: { tier: "5" },
    matchExpressions: [
      { key: "app", operator: "In", values: ["web", "db"] },
      { key: "none", operator: "DoesNotExist" },
      { key: "in", operator: "Exists" },
      { key: "none", operator: "NotIn", values: ["x"] },
    ],
  });
  assert.equal(selector.toString(), "app in (db,web),in,!none,none notin (x),tier=5");
  assert(selector.matches(labels));
  assert.throws(() => labelSelectorAsSelector({ matchExpressions: [{ key: "a", operator: "Foo" }] }), {
    message: '"Foo" is not a valid label selector operator',
  });
  assert.throws(() => labelSelectorAsSelector({ matchExpressions: [{ key: "a", operator: "In" }] }), {
    message: "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty",
  });
  assert.equal(selectorFromSet({ b: "2", a: "1" }).toString(), "a=1,b=2");
  assert(selectorFromSet(undefined).empty);
});

test("a selector's text means the selector", () => {
  const word = fc.constantFrom("a", "b", "x.io/y", "in", "notin", "v1");
  const value = fc.constantFrom("", "a", "1", "in");
  const requirement = fc.oneof(
    word,
    word.map((key) => `!${key}`),
    fc.tuple(word, fc.constantFrom("=", "==", "!="), value).map((parts) => parts.join("")),
    fc
      .tuple(word, fc.constantFrom("in", "notin"), fc.array(value, { minLength: 1, maxLength: 3 }))
      .map(([key, operator, values]) => `${key} ${operator} (${values.join(",")})`),
  );
  const someLabels = fc.dictionary(word, value);
  fc.assert(
    fc.property(fc.array(requirement, { maxLength: 3 }), someLabels, (parts, object) => {
      const selector = parseLabelSelector(parts.join(","));
      const again = parseLabelSelector(selector.toString());
      assert.equal(again.toString(), selector.toString());
      assert.equal(again.matches(object), selector.matches(object));
      assert.equal(
        selector.matches(object),
        parts.every((part) => parseLabelSelector(part).matches(object)),
      );
    }),
  );
});

test("field selectors", () => {
  const get = (field: string): string => ({ "metadata.name": "a,b", "spec.nodeName": "" })[field] ?? "";
  const table: [text: string, matches: boolean, canonical: string][] = [
    ["", true, ""],
    ["metadata.name=a\\,b", true, "metadata.name=a\\,b"],
    ["spec.nodeName=,metadata.name==a\\,b", true, "metadata.name=a\\,b,spec.nodeName="],
    ["spec.nodeName!=", false, "spec.nodeName!="],
    ["x!=y", true, "x!=y"],
  ];
  for (const [text, matches, canonical] of table) {
    const selector = parseFieldSelector(text);
    assert.equal(selector.matches(get), matches, text);
    assert.equal(selector.toString(), canonical, text);
  }
  assert.deepEqual(parseFieldSelector("b!=1,a==x").requirements, [
    { field: "a", operator: "=", value: "x" },
    { field: "b", operator: "!=", value: "1" },
  ]);
  assert.equal(parseFieldSelector("a=x,b!=1").requiresExactMatch("a"), "x");
  assert.equal(new FieldSelector([]).requiresExactMatch("a"), undefined);
  const refuses: Record<string, string> = {
    a: "invalid selector: 'a'; can't understand 'a'",
    "a=b=c": "invalid field selector: unescaped character in value: 61",
    "a=\\b": "invalid field selector: invalid escape sequence: \\b",
    "a=\\": "invalid field selector: invalid escape sequence: \\",
  };
  for (const [text, message] of Object.entries(refuses))
    assert.throws(() => parseFieldSelector(text), { name: "SelectorError", message }, text);
});
