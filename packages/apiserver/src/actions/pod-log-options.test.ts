import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { StatusError } from "@dingi/apimachinery";
import { podLogQuery } from "./pod-log-options.ts";

const asked = (text: string) => podLogQuery(new URLSearchParams(text), "p");

describe("For a log the kubelet is asked", () => {
  for (const [text, wanted] of [
    ["", ""],
    ["follow=true&previous=1&timestamps=false", "follow=true&previous=true"],
    ["sinceSeconds=1&tailLines=0&limitBytes=1", "sinceSeconds=1&tailLines=0&limitBytes=1"],
    ["tailLines=%2B5", "tailLines=5"],
    ["sinceTime=2026-01-01T00:00:00Z", "sinceTime=2026-01-01T00%3A00%3A00Z"],
    ["sinceTime=&container=c&pretty=true", ""],
  ] as const)
    test(`${text || "nothing"}`, () => assert.equal(asked(text).toString(), wanted));
});

describe("Refused is a log", () => {
  for (const [text, wanted] of [
    ["tailLines=-1", ["tailLines: Invalid value: -1: must be greater than or equal to 0"]],
    ["limitBytes=0", ["limitBytes: Invalid value: 0: must be greater than 0"]],
    ["sinceSeconds=0", ["sinceSeconds: Invalid value: 0: must be greater than 0"]],
    [
      "sinceSeconds=0&sinceTime=2026-01-01T00:00:00Z",
      ["[]: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"],
    ],
    ["stream=Stdout", ["stream: Forbidden: may not be specified"]],
    [
      "tailLines=-1&limitBytes=0",
      [
        "tailLines: Invalid value: -1: must be greater than or equal to 0",
        "limitBytes: Invalid value: 0: must be greater than 0",
      ],
    ],
  ] as const)
    test(text, () => {
      const found = () => asked(text);
      assert.throws(found, (error: StatusError) => {
        assert.equal(error.code, 422);
        const causes = error.status.details?.causes ?? [];
        const shown = causes.map(({ field, message }) => `${field}: ${message}`);
        assert.deepEqual(shown, wanted);
        return true;
      });
    });

  for (const [text, message] of [
    ["tailLines=x", 'strconv.ParseInt: parsing "x": invalid syntax'],
    ["limitBytes=1.5", 'strconv.ParseInt: parsing "1.5": invalid syntax'],
    ["sinceTime=x", 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
  ] as const)
    test(text, () => assert.throws(() => asked(text), { code: 400, message }));
});
