import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  addQuantity,
  canonicalQuantity,
  compareQuantity,
  isQuantity,
  parseQuantity,
  QuantityError,
  quantityMilliValue,
  quantityValue,
  roundUpQuantity,
  subQuantity,
} from "./quantity.ts";

test("writes quantities back as upstream does", () => {
  const table: Record<string, string> = {
    "0": "0",
    "00": "0",
    "0Ki": "0",
    "1": "1",
    "1000m": "1",
    "1500m": "1500m",
    "0.5": "500m",
    "1.5": "1500m",
    "1.500": "1.500",
    "+5": "+5",
    "1000": "1k",
    "100000": "100k",
    "1024": "1024",
    "1Ki": "1Ki",
    "1024Ki": "1Mi",
    "1000Ki": "1000Ki",
    "0.5Gi": "512Mi",
    "1.5Gi": "1536Mi",
    "0.1Ki": "102400m",
    "1e3": "1e3",
    "1000e3": "1e6",
    "12E": "12E",
    "100n": "100n",
    "0.0000000001": "1n",
    "-1.5": "-1500m",
    "16Ei": "9223372036854775807",
    "123456789012345678901": "123456789012345678901",
    ".5": "500m",
    "5.": "5.",
  };
  for (const [text, canonical] of Object.entries(table)) assert.equal(canonicalQuantity(text), canonical, text);
});

test("refuses what is no quantity", () => {
  for (const text of ["", "a", "1 ", "1KiB", "1i", "1e", "e3", "--1", "1.2.3", "1Kii", "1e99999999"]) {
    assert.equal(isQuantity(text), text === "e3" ? true : false, text);
  }
  assert.throws(() => parseQuantity("nope"), QuantityError);
});

test("rounds up to a scale only what is finer", () => {
  assert.equal(roundUpQuantity("100n", -3), "1m");
  assert.equal(roundUpQuantity("1.500", -3), "1.500");
  assert.equal(roundUpQuantity("-100u", -3), "-1m");
});

test("counts units and thousandths, rounding away from zero", () => {
  assert.equal(quantityValue("1.1"), 2);
  assert.equal(quantityValue("-1.1"), -2);
  assert.equal(quantityMilliValue("100u"), 1);
  assert.equal(quantityMilliValue("2"), 2000);
  assert.equal(quantityValue("1Gi"), 1073741824);
});

test("a sum keeps the format of its first summand that is not zero", () => {
  assert.equal(addQuantity("1Gi", "1Gi"), "2Gi");
  assert.equal(addQuantity("0", "1Gi"), "1Gi");
  assert.equal(addQuantity("500m", "600m"), "1100m");
  assert.equal(subQuantity("1", "100m"), "900m");
  assert.equal(compareQuantity("1Ki", "1024"), 0);
});

const quantities = fc
  .tuple(
    fc.integer({ min: -1e9, max: 1e9 }),
    fc.constantFrom("", "n", "u", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e3", "E-2"),
  )
  .map(([n, suffix]) => `${n}${suffix}`);

test("property: the canonical text has the same value and is its own canonical text", () => {
  fc.assert(
    fc.property(quantities, (text) => {
      const canonical = canonicalQuantity(text);
      assert.equal(compareQuantity(text, canonical), 0);
      assert.equal(canonicalQuantity(canonical), canonical);
    }),
  );
});

test("property: adding and taking away cancel out, and order agrees with the difference", () => {
  fc.assert(
    fc.property(quantities, quantities, (a, b) => {
      assert.equal(compareQuantity(subQuantity(addQuantity(a, b), b), a), 0);
      assert.equal(compareQuantity(a, b), Math.sign(Number(parseQuantity(subQuantity(a, b)).nano)));
    }),
  );
});

test("property: no text makes it crash or hang", () => {
  fc.assert(fc.property(fc.string(), (text) => typeof isQuantity(text) === "boolean"));
  fc.assert(fc.property(fc.integer(), (milli) => quantityMilliValue(`${milli}m`) === milli));
});

test("a number of very many digits is refused before it is multiplied", () => {
  assert.equal(isQuantity("1".repeat(1000)), true);
  assert.equal(isQuantity("1".repeat(2000)), false);
  assert.equal(isQuantity(`0.${"1".repeat(2000)}`), false);
});
