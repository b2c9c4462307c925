import assert from "node:assert/strict";
import { test } from "node:test";
import { declaredRules } from "./declared-rules.mjs";
import { enforcedRules } from "./enforced-rules.mjs";

const SOURCE = `
// Boat floats.
type Boat struct {
	metav1.TypeMeta \`json:",inline"\`
	// What it is called.
	// +k8s:beta(since: "1.37")=+k8s:optional
	// +k8s:beta(since: "1.37")=+k8s:maxLength=8
	// +k8s:alpha(since: "1.37")=+k8s:immutable
	Name string \`json:"name,omitempty" protobuf:"bytes,1,opt,name=name"\`

	// +k8s:optional
	// +k8s:maxItems=2
	// +k8s:unique=map
	// +k8s:listMapKey=side
	// +k8s:listMapKey=number
	// +listType=atomic
	Oars []Oar \`json:"oars,omitempty"\`
	Rig *Rig \`json:"rig"\`
	Rigs []Rig \`json:"rigs"\`
	// +k8s:ifEnabled(Sails)=+k8s:eachKey=+k8s:format=k8s-short-name
	Sails map[string]string \`json:"sails"\`
	Weight int64 \`json:"weight"\`
}

// +enum
// +k8s:enum
type Rig string

const (
	Sloop Rig = "Sloop"
	Ketch = Rig("Ketch")
)
`;

const boat = declaredRules(SOURCE, "sea/v1")["sea/v1.Boat"];

test("a rule keeps its level, and rules of one level keep their order", () => {
  assert.deepEqual(boat.name, [
    { rule: "immutable", level: "alpha" },
    { rule: "optional", level: "beta" },
    { rule: "maxLength", value: 8, level: "beta" },
  ]);
});

test("rules without a level come in the order of their names, and the keys of a list are one rule", () => {
  assert.deepEqual(boat.oars, [
    { rule: "maxItems", value: 2 },
    { rule: "optional" },
    { rule: "unique", keys: ["side", "number"] },
  ]);
});

test("the values of a named string are a rule of the fields that have it", () => {
  const rule = { rule: "enum", values: ["Ketch", "Sloop"] };
  assert.deepEqual([boat.rig, boat.rigs], [[rule], [{ rule: "eachVal", of: rule }]]);
});

test("rules stand inside of rules", () => {
  const of = { rule: "eachKey", of: { rule: "format", value: "k8s-short-name" } };
  assert.deepEqual(boat.sails, [{ rule: "ifEnabled", args: ["Sails"], of }]);
});

test("a field without tags has no rules", () => assert.ok(!("weight" in boat)));

test("what is only tried upstream is not enforced, and what cannot be followed is refused", () => {
  assert.deepEqual(enforcedRules(boat.name, "Boat.name"), [{ rule: "optional" }, { rule: "maxLength", value: 8 }]);
  assert.throws(
    () => enforcedRules([{ rule: "eachVal", of: { rule: "odd" } }], "Boat.oars"),
    /Boat\.oars declares "odd"/,
  );
});
