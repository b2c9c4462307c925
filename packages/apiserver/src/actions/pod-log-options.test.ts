import assert from "node:assert/strict";
import { test } from "node:test";
import { StatusError } from "@dingi/apimachinery";
import { podLogQuery } from "./pod-log-options.ts";

const ask = (text: string) => podLogQuery(new URLSearchParams(text), "p").toString();

test("A log is asked for with what the kubelet knows, and nothing else", () => {
  assert.equal(ask("follow=true&previous=false&tailLines=0&pretty=1&container=c"), "follow=true&tailLines=0");
  assert.equal(ask("sinceTime=2020-01-01T00%3A00%3A00Z"), "sinceTime=2020-01-01T00%3A00%3A00Z");
});

/** As upstream's API server answered. */
const REFUSED: readonly [query: string, code: number, message: string][] = [
  ["tailLines=abc", 400, 'strconv.ParseInt: parsing "abc": invalid syntax'],
  ["sinceTime=x", 400, 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
  [
    "tailLines=-1",
    422,
    'PodLogOptions "p" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
  ],
  [
    "limitBytes=0&sinceSeconds=0",
    422,
    'PodLogOptions "p" is invalid: [limitBytes: Invalid value: 0: must be greater than 0, sinceSeconds: Invalid value: 0: must be greater than 0]',
  ],
  [
    "sinceTime=2020-01-01T00:00:00Z&sinceSeconds=5",
    422,
    'PodLogOptions "p" is invalid: []: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
  ],
  ["stream=Stdout", 422, 'PodLogOptions "p" is invalid: stream: Forbidden: may not be specified'],
];

for (const [query, code, message] of REFUSED) {
  test(`"${query}" is refused`, () => {
    assert.throws(
      () => ask(query),
      (error) => error instanceof StatusError && error.code === code && error.message === message,
    );
  });
}
