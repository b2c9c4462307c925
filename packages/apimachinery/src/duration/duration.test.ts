import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DurationError, formatDuration, formatDurationNs, parseDuration, parseDurationNs } from "./duration.ts";
import { humanDuration, translateTimestampSince } from "./human-duration.ts";

test("reads and writes Go's durations", () => {
  const table: Record<string, string> = {
    "0": "0s",
    "1h": "1h0m0s",
    "90m": "1h30m0s",
    "1.5s": "1.5s",
    "100ms": "100ms",
    "1us": "1µs",
    "1500us": "1.5ms",
    "-1m": "-1m0s",
    "1h1ns": "1h0m0.000000001s",
    ".5s": "500ms",
  };
  for (const [text, canonical] of Object.entries(table))
    assert.equal(formatDurationNs(parseDurationNs(text)), canonical, text);
  assert.equal(parseDuration("1m30s"), 90_000);
  assert.equal(formatDuration(90_000), "1m30s");
});

test("refuses what is no duration, in Go's words", () => {
  const table: Record<string, string> = {
    "": 'time: invalid duration ""',
    "5": 'time: missing unit in duration "5"',
    "5x": 'time: unknown unit "x" in duration "5x"',
    ".s": 'time: invalid duration ".s"',
    "9999999h": 'time: invalid duration "9999999h"',
  };
  for (const [text, message] of Object.entries(table))
    assert.throws(() => parseDurationNs(text), { name: DurationError.name, message });
});

test("property: writing and reading again gives the same duration", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (ns) => parseDurationNs(formatDurationNs(ns)) === ns),
  );
});

test("ages are written as kubectl writes them", () => {
  const s = 1000;
  const table: [number, string][] = [
    [-5 * s, "<invalid>"],
    [-1 * s, "0s"],
    [0, "0s"],
    [119 * s, "119s"],
    [120 * s, "2m"],
    [182 * s, "3m2s"],
    [600 * s, "10m"],
    [3 * 3600 * s, "3h"],
    [3.5 * 3600 * s, "3h30m"],
    [47 * 3600 * s, "47h"],
    [123 * 3600 * s, "5d3h"],
    [8 * 86400 * s, "8d"],
    [2 * 365 * 86400 * s, "2y"],
    [(2 * 365 + 3) * 86400 * s, "2y3d"],
    [9 * 365 * 86400 * s, "9y"],
  ];
  for (const [ms, text] of table) assert.equal(humanDuration(ms), text);
  assert.equal(translateTimestampSince(undefined, 0), "<unknown>");
  assert.equal(translateTimestampSince("1970-01-01T00:00:00Z", 61_000), "61s");
});
