import assert from "node:assert/strict";
import { test } from "node:test";
import { PortBits } from "./port-bits.ts";

test("a number is there once, within the size", () => {
  const bits = PortBits.parse(11, "");
  assert.deepEqual(
    [0, 7, 8, 10].map((number) => bits.add(number)),
    [true, true, true, true],
  );
  assert.deepEqual(
    [-1, 11, 7, 10].map((number) => bits.add(number)),
    [false, false, false, false],
  );
  assert.deepEqual([...bits], [0, 7, 8, 10]);
  assert.deepEqual(
    [-1, 11, 7, 7].map((number) => bits.delete(number)),
    [false, false, true, false],
  );
  assert.deepEqual([...bits], [0, 8, 10]);
  assert.deepEqual([bits.has(0), bits.has(7), bits.has(9)], [true, false, false]);
});

test("they are written as one big number without leading zeros, and read again", () => {
  const bits = PortBits.parse(100, "");
  assert.equal(bits.toString(), "");
  for (const number of [0, 9]) bits.add(number);
  assert.equal(bits.toString(), Buffer.of(0x02, 0x01).toString("base64"));
  assert.deepEqual([...PortBits.parse(100, bits.toString())], [0, 9]);
});

test("what is stored beyond the size is dropped", () => {
  const all = Buffer.alloc(4, 0xff).toString("base64");
  assert.deepEqual([...PortBits.parse(3, all)], [0, 1, 2]);
  assert.deepEqual([...PortBits.parse(8, all)], [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(PortBits.parse(11, all).toString(), Buffer.of(0x07, 0xff).toString("base64"));
});

test("a copy is another one", () => {
  const bits = PortBits.parse(8, "");
  const copy = bits.clone();
  copy.add(3);
  assert.deepEqual([[...bits], [...copy]], [[], [3]]);
});
