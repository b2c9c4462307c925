import assert from "node:assert/strict";
import { test } from "node:test";
import {
  countCommon,
  countOf,
  firstMissing,
  has,
  intervalsText,
  parseIntervals,
  withIndexes,
} from "./index-intervals.ts";

test("lists of indexes are read, put together and written", () => {
  const written = (text: string, completions = 100) => intervalsText(parseIntervals(text, completions));
  assert.equal(written("1,3-5,7"), "1,3-5,7");
  assert.equal(written("0-9", 4), "0-3");
  assert.equal(written("1,2"), "1,2");
  assert.equal(written("1,x,4-"), "1");
  assert.equal(written("5,200"), "5");
  assert.equal(intervalsText(withIndexes(parseIntervals("1,3-5", 100), [2, 9, 4])), "1-5,9");
  assert.equal(countOf(parseIntervals("1,3-5", 100)), 4);
});

test("an index is looked for without a walk", () => {
  const intervals = parseIntervals("1,3-5,9", 100);
  const found = Array.from({ length: 12 }, (_, index) => index).filter((index) => has(intervals, index));
  assert.deepEqual(found, [1, 3, 4, 5, 9]);
});

test("what two lists have in common is counted", () => {
  assert.equal(countCommon(parseIntervals("0-4,8,10-12", 100), parseIntervals("2-9,12", 100)), 5);
  assert.equal(countCommon([], parseIntervals("1", 100)), 0);
});

test("the first indexes that are missing", () => {
  const taken = parseIntervals("0,2-3,6", 100);
  assert.deepEqual(firstMissing(taken, 3, 8), [1, 4, 5]);
  assert.deepEqual(firstMissing(taken, 9, 8), [1, 4, 5, 7]);
  assert.deepEqual(firstMissing(parseIntervals("0-9", 10), 2, 4), []);
  assert.deepEqual(firstMissing([], 2, 10), [0, 1]);
});
