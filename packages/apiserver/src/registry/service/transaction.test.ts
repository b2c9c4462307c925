import assert from "node:assert/strict";
import { test } from "node:test";
import { invalid } from "@dingi/apimachinery";
import { refuse, Transaction } from "./transaction.ts";

for (const [fate, wanted] of [
  ["committed", ["frees a", "frees b"]],
  ["refused", ["undo a", "undo b"]],
  ["unknown", []],
] as const)
  test(`of a write that is ${fate} is done: ${wanted.join(", ") || "nothing"}`, async () => {
    const done: string[] = [];
    const transaction = new Transaction(false);
    for (const name of ["a", "b"]) {
      transaction.took(() => void done.push(`undo ${name}`));
      transaction.frees(async () => void done.push(await Promise.resolve(`frees ${name}`)));
    }
    await transaction.finish(fate as never);
    assert.deepEqual(done, wanted);
  });

test("a Service is refused for what is wrong with it, and only then", () => {
  const service = { metadata: { name: "a" } } as never;
  refuse(service, []);
  assert.throws(() => refuse(service, [invalid("spec", 1, "no")]), {
    code: 422,
    message: /Service "a" is invalid: spec/,
  });
});
