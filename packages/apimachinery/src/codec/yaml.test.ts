import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeJson } from "./encode-json.ts";
import { equalJson } from "./equal-json.ts";
import { toYaml } from "./to-yaml.ts";
import { splitYamlDocuments, yamlToJsonValue } from "./yaml.ts";

const json = (text: string): string => encodeJson(yamlToJsonValue(text).value);
const refuses = (text: string, message: string | RegExp): void =>
  assert.throws(() => yamlToJsonValue(text), { name: "DecodeError", message }, text);

test("reads YAML 1.1 as upstream does", () => {
  const table: Record<string, string> = {
    "": "null",
    "# nothing\n": "null",
    "a: y\nb: N\nc: 'yes'\nd: On\ne: oN\nf: NULL\ng:\n":
      '{"a":true,"b":false,"c":"yes","d":true,"e":"oN","f":null,"g":null}',
    "a: 0o17\nb: 017\nc: 08\nd: 0b11\ne: -0x1F\nf: +5\ng: 1_000\nh: 1e3\ni: .5\nj: 0x":
      '{"a":15,"b":15,"c":8,"d":3,"e":-31,"f":5,"g":1000,"h":1000,"i":0.5,"j":"0x"}',
    "a: 9223372036854775807\nb: -9223372036854775808": '{"a":9223372036854775807,"b":-9223372036854775808}',
    "a: 2001-12-14\nb: 2001-12-14t21:59:43.10-05:00\nc: 12:30":
      '{"a":"2001-12-14","b":"2001-12-14t21:59:43.10-05:00","c":"12:30"}',
    "a: |\n  x\n   y\n\nb: >-\n  f\n  g\n": '{"a":"x\\n y\\n","b":"f g"}',
    "1: a\n1.5: b\ntrue: c\n": '{"1":"a","1.5":"b","true":"c"}',
    "x: &x {a: 1}\nw: {<<: *x, b: 2}\nz: {<<: [*x, {a: 5, c: 6}]}\nr: *x":
      '{"x":{"a":1},"w":{"a":1,"b":2},"z":{"a":1,"c":6},"r":{"a":1}}',
    "a: !!str 5\nb: !!int '6'\nc: !!binary aGk=\nd: !foo x\ne: !!float 3\n": '{"a":"5","b":6,"c":"hi","d":"x","e":3}',
    "---\na: 1\n---\nb: 2\n": '{"a":1}',
    "__proto__: {x: 1}\n": '{"__proto__":{"x":1}}',
    '{"a":[1,{"b":null}]}': '{"a":[1,{"b":null}]}',
  };
  for (const [text, expected] of Object.entries(table)) assert.equal(json(text), expected, text);
  assert.equal(({} as { x?: number }).x, undefined);
});

test("the last of two equal keys wins, and both are reported", () => {
  const { value, strictErrors } = yamlToJsonValue("a: 1\n'a': 2\nb:\n  c: 1\n  c: 2\n");
  assert.deepEqual(value, { a: 2, b: { c: 2 } });
  assert.deepEqual(strictErrors, [
    'yaml: unmarshal errors:\n  line 2: key "a" already set in map\n  line 5: key "c" already set in map',
  ]);
  assert.equal(yamlToJsonValue('{"a":1,"a":2}').strictErrors.length, 1);
});

test("refuses what is no document", () => {
  refuses("{", /^yaml: line 1: /);
  refuses("a: b: c", /^yaml: line 1: /);
  refuses("a: *b", "yaml: unknown anchor 'b' referenced");
  refuses("a: &a [*a]", "yaml: anchor 'a' value contains itself");
  refuses("a: !!int x", "yaml: cannot decode !!str `x` as a !!int");
  refuses("a: .inf", "json: unsupported value: +Inf");
  refuses("? [a]\n: b\n", "yaml: invalid map key");
  refuses("[".repeat(100_000), /^yaml: /);
});

test("refuses alias bombs before they burst (CVE-2019-11253, CVE-2019-11254)", () => {
  const levels = Array.from(
    { length: 12 },
    (_, i) => `l${i}: &l${i} [${i === 0 ? "x" : Array.from({ length: 8 }, () => `*l${i - 1}`).join(",")}]`,
  );
  refuses(levels.join("\n"), "yaml: document contains excessive aliasing");
  const many = `a: &a x\nb: [${Array.from({ length: 101 }, () => "*a").join(",")}]`;
  refuses(many, "yaml: document contains more than 100 aliases");
  assert.equal((yamlToJsonValue(many, { maxAliases: 101 }).value as { b: string[] }).b.length, 101);
});

test("what an alias stands for is a copy", () => {
  const { a, b } = yamlToJsonValue("a: &a {x: 1}\nb: *a").value as { a: { x: number }; b: { x: number } };
  b.x = 2;
  assert.equal(a.x, 1);
});

test("prints as kubectl -o yaml does", () => {
  const object = {
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: { name: "c", labels: {}, annotations: { b10: "true", b9: "1", "b-x": "", _a: "null" }, finalizers: [] },
    data: {
      script: "#!/bin/sh\necho hi\n",
      "no-end": "a\nb",
      indented: "  x\ny\n\n",
      "tab\there": "\t",
      time: "2026-01-01T00:00:00Z",
      sixty: "1:30",
      quoted: "it's: #1",
      star: "*x",
      "emoji😀": "é😀",
      long: `${"word ".repeat(30)}end`,
    },
    list: [[1, [2]], { a: [1.5, 1e6, 1e21, true, null], b: {} }, []],
    missing: undefined,
  };
  assert.equal(
    toYaml(object),
    `apiVersion: v1
data:
  "emoji\\U0001F600": "é\\U0001F600"
  indented: |2+
      x
    y

  long: word word word word word word word word word word word word word word word
    word word word word word word word word word word word word word word word end
  no-end: |-
    a
    b
  quoted: 'it''s: #1'
  script: |
    #!/bin/sh
    echo hi
  sixty: "1:30"
  star: '*x'
  "tab\\there": "\\t"
  time: "2026-01-01T00:00:00Z"
kind: ConfigMap
list:
- - 1
  - - 2
- a:
  - 1.5
  - 1000000
  - 1e+21
  - true
  - null
  b: {}
- []
metadata:
  annotations:
    _a: "null"
    b-x: ""
    b9: "1"
    b10: "true"
  finalizers: []
  labels: {}
  name: c
`,
  );
});

test("what is printed is read back", () => {
  // Line separators fold differently from reader to reader; control characters are escaped and come back.
  const text = fc
    .oneof(
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.constantFrom("yes", "1e3", "a: b", " x", "a\n b ", "\n", "- a", "long ".repeat(40)),
    )
    .map((value) => value.replaceAll(/[\u0085\u2028\u2029\ufeff]/g, ""));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(text, tie("value"), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(value, (inner) =>
      assert(equalJson(yamlToJsonValue(toYaml({ x: inner })).value, { x: inner }), toYaml({ x: inner })),
    ),
    { numRuns: 200 },
  );
});

test("splits a stream into its documents", () => {
  assert.deepEqual(splitYamlDocuments("# head\n---\na: 1\n--- # two\nb: |\n  x\n  ---\n---\n\n---\nc: 3"), [
    "a: 1\n",
    "b: |\n  x\n  ---\n",
    "c: 3",
  ]);
  assert.deepEqual(splitYamlDocuments(""), []);
  assert.deepEqual(splitYamlDocuments("a: 1\r\n---\r\nb: 2"), ["a: 1\r\n", "b: 2"]);
});
