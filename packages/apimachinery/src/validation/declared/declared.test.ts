import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldErrorText } from "../../errors/field-error.ts";
import { s, type DeclaredRule, type Schema, type StructSchema } from "../../schema/schema.ts";
import { validateDeclared, type DeclaredOptions } from "./declared.ts";

/** A struct whose field f has the rules. */
const boat = (schema: Schema, rules: readonly DeclaredRule[], pointer = false): StructSchema =>
  s.struct("Boat", () => [s.field("f", 1, schema, { rules, pointer })]);

const texts = (schema: StructSchema, object: object, options?: DeclaredOptions): string[] =>
  validateDeclared(schema, object, options).map(fieldErrorText);

const SHORT_NAME =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/** rules, schema, value, errors of a create */
const CREATES: readonly [string, DeclaredRule[], Schema, unknown, string[]][] = [
  ["required and there", [{ rule: "required" }], s.string, "x", []],
  ["required and empty", [{ rule: "required" }], s.string, "", ["f: Required value"]],
  ["required and absent", [{ rule: "required" }], s.map(s.string), undefined, ["f: Required value"]],
  [
    "required before all else",
    [{ rule: "format", value: "k8s-short-name" }, { rule: "required" }],
    s.string,
    "",
    ["f: Required value"],
  ],
  ["optional and absent", [{ rule: "optional" }, { rule: "enum", values: ["a"] }], s.string, "", []],
  [
    "optional and wrong",
    [{ rule: "optional" }, { rule: "enum", values: ["a"] }],
    s.string,
    "b",
    ['f: Unsupported value: "b": supported values: "a"'],
  ],
  ["forbidden", [{ rule: "forbidden" }], s.string, "x", ["f: Forbidden"]],
  ["forbidden and absent", [{ rule: "forbidden" }], s.string, undefined, []],
  ["immutable on create", [{ rule: "immutable" }], s.string, "x", []],
  [
    "maxItems",
    [{ rule: "maxItems", value: 1 }],
    s.list(s.string),
    ["a", "a"],
    ["f: Too many: 2: must have at most 1 item"],
  ],
  [
    "maxItems before all else",
    [
      { rule: "unique", keys: [] },
      { rule: "maxItems", value: 1 },
    ],
    s.list(s.string),
    ["a", "a"],
    ["f: Too many: 2: must have at most 1 item"],
  ],
  ["maxItems at the limit", [{ rule: "maxItems", value: 2 }], s.list(s.string), ["a", "a"], []],
  ["maxLength counts characters", [{ rule: "maxLength", value: 2 }], s.string, "éé", []],
  ["maxLength", [{ rule: "maxLength", value: 2 }], s.string, "ééé", ["f: Too long: may not be more than 2 characters"]],
  [
    "maxBytes counts bytes",
    [{ rule: "maxBytes", value: 2 }],
    s.string,
    "éé",
    ["f: Too long: may not be more than 2 bytes"],
  ],
  ["minimum", [{ rule: "minimum", value: 1 }], s.int32, 0, ["f: Invalid value: 0: must be greater than or equal to 1"]],
  ["minimum at the limit", [{ rule: "minimum", value: 1 }], s.int32, 1, []],
  ["maximum", [{ rule: "maximum", value: 1 }], s.int32, 2, ["f: Invalid value: 2: must be less than or equal to 1"]],
  [
    "a set",
    [{ rule: "unique", keys: [] }],
    s.list(s.string),
    ["a", "b", "a", "a"],
    ['f[2]: Duplicate value: "a"', 'f[3]: Duplicate value: "a"'],
  ],
  [
    "keys of a map",
    [{ rule: "eachKey", of: { rule: "format", value: "k8s-short-name" } }],
    s.map(s.string),
    { A: "x" },
    [`f: Invalid value: "A": ${SHORT_NAME}`],
  ],
  [
    "values of a list",
    [{ rule: "eachVal", of: { rule: "maxBytes", value: 1 } }],
    s.list(s.string),
    ["a", "bc"],
    ["f[1]: Too long: may not be more than 1 byte"],
  ],
  [
    "what is enabled",
    [{ rule: "ifEnabled", args: ["On"], of: { rule: "forbidden" } }],
    s.string,
    "x",
    ["f: Forbidden"],
  ],
  ["what is not enabled", [{ rule: "ifEnabled", args: ["Off"], of: { rule: "forbidden" } }], s.string, "x", []],
  [
    "what is disabled",
    [{ rule: "ifDisabled", args: ["Off"], of: { rule: "forbidden" } }],
    s.string,
    "x",
    ["f: Forbidden"],
  ],
  ["what is not disabled", [{ rule: "ifDisabled", args: ["On"], of: { rule: "forbidden" } }], s.string, "x", []],
];

for (const [name, rules, schema, value, expected] of CREATES) {
  test(`a create is judged: ${name}`, () => {
    const options = { options: { On: true, Off: false } };
    assert.deepEqual(texts(boat(schema, rules), value === undefined ? {} : { f: value }, options), expected);
  });
}

/** format, value, errors */
const FORMATS: readonly [string, string, string[]][] = [
  ["k8s-uuid", "123e4567-e89b-12d3-a456-426614174000", []],
  ["k8s-uuid", "123E4567-e89b-12d3-a456-426614174000", ["must be a lowercase UUID in 8-4-4-4-12 format"]],
  ["k8s-resource-pool-name", "a/b", []],
  ["k8s-resource-pool-name", "a//b", ["segment 1: must not be empty"]],
  ["k8s-extended-resource-name", "example.com/gpu", []],
  ["k8s-extended-resource-name", "gpu", ["a name must be a domain-prefixed path, such as 'example.com/my-prop'"]],
  ["k8s-extended-resource-name", "kubernetes.io/gpu", ['must not have "kubernetes.io/" domain']],
  ["k8s-extended-resource-name", "requests.a/b", ['must not have "requests." prefix']],
  ["k8s-resource-fully-qualified-name", "example.com/model", []],
  [
    "k8s-resource-fully-qualified-name",
    "model",
    ["a fully qualified name must be a domain and a name separated by a slash"],
  ],
  ["k8s-short-name", "a.b", ["must not contain dots"]],
  ["k8s-prefixed-label-key", "key", ["must include a prefix (e.g. 'example.com/key')"]],
];

for (const [format, value, expected] of FORMATS) {
  test(`"${value}" as ${format}`, () => {
    const errors = validateDeclared(boat(s.string, [{ rule: "format", value: format }]), { f: value });
    assert.deepEqual(
      errors.map(({ detail }) => detail),
      expected,
    );
  });
}

test("names of a domain and of an identifier have limits of their own", () => {
  const schema = boat(s.string, [{ rule: "format", value: "k8s-resource-fully-qualified-name" }]);
  assert.deepEqual(texts(schema, { f: `${"d".repeat(64)}/${"i".repeat(33)}` }), [
    "f: Too long: may not be more than 63 bytes",
    "f: Too long: may not be more than 32 bytes",
  ]);
  assert.deepEqual(texts(schema, { f: "/" }), [
    'f: Invalid value: "": prefix must not be empty',
    'f: Invalid value: "": name must not be empty',
  ]);
});

test("an unchanged field is not judged again, and a changed one is", () => {
  const schema = boat(s.string, [{ rule: "enum", values: ["a"] }]);
  assert.deepEqual(texts(schema, { f: "b" }, { old: { f: "b" } }), []);
  assert.equal(texts(schema, { f: "c" }, { old: { f: "b" } }).length, 1);
});

test("an immutable field may not change, and its other rules are then silent", () => {
  const schema = boat(s.string, [{ rule: "immutable" }, { rule: "enum", values: ["a"] }]);
  assert.deepEqual(texts(schema, { f: "b" }, { old: { f: "a" } }), ["f: Invalid value: null: field is immutable"]);
});

const UPDATES: readonly [string, object, object, string[]][] = [
  ["NoSet", {}, { f: "a" }, ["f: Invalid value: null: field cannot be set once created"]],
  ["NoSet", { f: "a" }, {}, []],
  ["NoUnset", { f: "a" }, {}, ["f: Invalid value: null: field cannot be cleared once set"]],
  ["NoUnset", {}, { f: "a" }, []],
  ["NoModify", { f: "a" }, { f: "b" }, ["f: Invalid value: null: field cannot be modified once set"]],
  ["NoModify", { f: "a" }, {}, []],
];

for (const [value, old, object, expected] of UPDATES) {
  test(`update=${value} from ${JSON.stringify(old)} to ${JSON.stringify(object)}`, () => {
    assert.deepEqual(texts(boat(s.string, [{ rule: "update", value }], true), object, { old }), expected);
  });
}

test("null is absent", () => {
  assert.deepEqual(texts(boat(s.list(s.string), [{ rule: "maxItems", value: 1 }]), { f: null }), []);
});

test("a zero behind a pointer is set", () => {
  assert.deepEqual(texts(boat(s.int32, [{ rule: "required" }], true), { f: 0 }), []);
});

const oar = s.struct("Oar", () => [
  s.field("side", 1, s.string),
  s.field("wood", 2, s.string, { rules: [{ rule: "enum", values: ["ash"] }] }),
]);

test("an item is found again by its keys, and judged if it has changed", () => {
  const schema = boat(s.list(oar), [{ rule: "unique", keys: ["side"] }]);
  const old = {
    f: [
      { side: "l", wood: "oak" },
      { side: "r", wood: "ash" },
    ],
  };
  assert.deepEqual(
    texts(
      schema,
      {
        f: [
          { side: "r", wood: "ash" },
          { side: "l", wood: "oak" },
        ],
      },
      { old },
    ),
    [],
  );
  assert.deepEqual(texts(schema, { f: [{ side: "l", wood: "elm" }] }, { old }), [
    'f[0].wood: Unsupported value: "elm": supported values: "ash"',
  ]);
  assert.equal(texts(schema, { f: [{ side: "l" }, { side: "l", wood: "elm" }] }).length, 2, "repeated, and wrong");
});

test("an item without keys is judged again whenever its list changes", () => {
  const old = { f: [{ side: "l", wood: "oak" }] };
  assert.equal(texts(boat(s.list(oar), []), { f: [...old.f, { side: "r", wood: "ash" }] }, { old }).length, 1);
});

test("a value of a map is found again by its key", () => {
  const old = { f: { a: { wood: "oak" } } };
  assert.deepEqual(texts(boat(s.map(oar), []), { f: { a: { wood: "oak" }, b: { wood: "elm" } } }, { old }), [
    'f[b].wood: Unsupported value: "elm": supported values: "ash"',
  ]);
});

test("keys and values of a set that were there before are not judged again", () => {
  const keys = boat(s.map(s.string), [{ rule: "eachKey", of: { rule: "format", value: "k8s-short-name" } }]);
  assert.deepEqual(texts(keys, { f: { A: "y" } }, { old: { f: { A: "x" } } }), []);
  const set = boat(s.list(s.string), [
    { rule: "unique", keys: [] },
    { rule: "eachVal", of: { rule: "maxBytes", value: 1 } },
  ]);
  assert.deepEqual(texts(set, { f: ["aa", "b"] }, { old: { f: ["aa"] } }), []);
});

test("what is opaque is not looked into", () => {
  const of = (rules: DeclaredRule[]) => boat(oar, rules);
  assert.equal(texts(of([]), { f: { wood: "elm" } }).length, 1);
  assert.deepEqual(texts(of([{ rule: "opaqueType" }]), { f: { wood: "elm" } }), []);
});

test("a rule of a subfield is told there, unless it has not changed", () => {
  const rules: DeclaredRule[] = [
    { rule: "subfield", args: ["side"], of: { rule: "optional" } },
    { rule: "subfield", args: ["side"], of: { rule: "enum", values: ["l", "r"] } },
  ];
  const schema = boat(
    s.struct("Bench", () => [s.field("side", 1, s.string), s.field("n", 2, s.int32)]),
    rules,
  );
  assert.deepEqual(texts(schema, { f: {} }), []);
  assert.deepEqual(texts(schema, { f: { side: "x" } }), ['f.side: Unsupported value: "x": supported values: "l", "r"']);
  assert.deepEqual(texts(schema, { f: { side: "x", n: 1 } }, { old: { f: { side: "x" } } }), []);
});

const drive = s.struct("Drive", () => [
  s.field("sail", 1, s.string, { pointer: true, rules: [{ rule: "unionMember" }] }),
  s.field("motor", 2, s.list(s.string), { rules: [{ rule: "unionMember" }] }),
  s.field("name", 3, s.string),
]);

test("exactly one member of a union is set", () => {
  const schema = boat(drive, []);
  assert.deepEqual(texts(schema, { f: { sail: "" } }), []);
  assert.deepEqual(texts(schema, { f: { motor: [] } }), ['f: Invalid value: "": must specify one of: `sail`, `motor`']);
  assert.deepEqual(texts(schema, { f: { sail: "", motor: ["x"] } }), [
    'f: Invalid value: "{sail, motor}": must specify exactly one of: `sail`, `motor`',
  ]);
});

test("a choice that was wrong before is not judged again", () => {
  assert.deepEqual(texts(boat(drive, []), { f: { name: "b" } }, { old: { f: { name: "a" } } }), []);
});

test("an option that nobody knows is a fault of ours", () => {
  const schema = boat(s.string, [{ rule: "ifEnabled", args: ["Odd"], of: { rule: "forbidden" } }]);
  assert.throws(() => validateDeclared(schema, { f: "x" }), /"Odd"/);
});
