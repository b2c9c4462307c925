import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import { parseLogOptions } from "./log-options.ts";

const clock = new FakeClock();
const parse = (query: string) => parseLogOptions(new URLSearchParams(query), clock);

test("What is asked of a log is read from the query", () => {
  const { tailLines, limitBytes, sinceMs, stream } = parse("tailLines=0&limitBytes=7&sinceSeconds=2&stream=Stderr");
  assert.deepEqual([tailLines, limitBytes, sinceMs, stream], [0, 7, clock.now() - 2000, "Stderr"]);
  assert.equal(parse("").sinceMs, undefined);
  assert.equal(parse("sinceTime=2030-01-01T00:00:00Z").sinceMs, Date.parse("2030-01-01T00:00:00Z"));
});

for (const [query, status] of [
  ["tailLines=x", 400],
  ["tailLines=1.5", 400],
  ["limitBytes=1e3", 400],
  ["sinceSeconds=99999999999999999999", 400],
  ["sinceTime=yesterday", 400],
  ["tailLines=-1", 422],
  ["limitBytes=0", 422],
  ["sinceSeconds=0", 422],
  ["stream=constructor", 422],
] as const)
  test(`a log with "${query}" is refused with ${status}`, () => assert.throws(() => parse(query), { status }));
