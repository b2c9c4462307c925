import assert from "node:assert/strict";
import { test } from "node:test";
import { FeatureGates } from "./feature-gates.ts";

const newGates = () =>
  new FeatureGates({
    Young: { default: false, stage: "ALPHA" },
    Middle: { default: true, stage: "BETA" },
    Old: { default: true, stage: "GA", locked: true },
  });

test("gates have defaults until they are set", () => {
  const gates = newGates();
  assert.deepEqual([gates.enabled("Young"), gates.enabled("Middle")], [false, true]);
  gates.parse(" Young=true, Middle=F,Old=true ");
  assert.deepEqual([gates.enabled("Young"), gates.enabled("Middle")], [true, false]);
});

test("a whole stage is set at once, and what is named itself wins", () => {
  const gates = newGates();
  gates.parse("Middle=true,AllAlpha=true,AllBeta=false");
  assert.deepEqual(
    gates.list().map(({ enabled }) => enabled),
    [true, true, true],
  );
});

test("what cannot be set is an error and sets nothing", () => {
  const cases: [string, RegExp][] = [
    ["Young=true,Strange=true", /^unrecognized feature gate: Strange$/],
    ["Young=true,Old=false", /^cannot set feature gate Old to false, feature is locked to true$/],
    ["Young", /^missing bool value for Young$/],
    ["Young=perhaps", /^invalid value of Young=perhaps/],
  ];
  for (const [text, message] of cases) {
    const gates = newGates();
    assert.throws(
      () => gates.parse(text),
      (error) => error instanceof RangeError && message.test(error.message),
    );
    assert.equal(gates.enabled("Young"), false);
  }
});
