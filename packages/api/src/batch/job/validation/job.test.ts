import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldErrorText, path } from "@dingi/apimachinery";
import type { V1JobSpec } from "../job.gen.ts";
import { validateJobTemplate } from "./spec.ts";

const spec = { containers: [{ name: "c", image: "i" }], restartPolicy: "Never" };
const errors = (rules: object[], completions?: number): string[] =>
  validateJobTemplate(
    { completionMode: "Indexed", completions, successPolicy: { rules }, template: { spec } } as V1JobSpec,
    path("spec"),
  )
    .map(fieldErrorText)
    .filter((text) => !text.startsWith("spec.template"));

test("a policy of success without completions is refused where upstream ends the request", () => {
  const [missing, count] = errors([{ succeededCount: 1 }]);
  assert.match(missing!, /^spec.completions: Required value/);
  assert.match(count!, /must be less than or equal to 0 \(the number of specified completions\)/);
});

test("a list of indexes has at most 64 KiB", () => {
  const list = (length: number) => Array.from({ length }, (_, i) => i).join();
  assert.deepEqual(errors([{ succeededIndexes: list(10_000) }], 20_000), []);
  assert.deepEqual(errors([{ succeededIndexes: list(20_000) }], 20_000), [
    "spec.successPolicy.rules[0].succeededIndexes: Too long: may not be more than 65536 bytes",
  ]);
});
