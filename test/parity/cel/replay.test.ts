import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { Answer, Questions } from "./ask.ts";
import { engineFor } from "./ask.ts";

/** What upstream's engine answered; `record.sh` writes it anew. */
const read = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");

suite("upstream's engine and ours answer the same", () => {
  const questions = JSON.parse(read("questions.json")) as Questions;
  const answers = read("recorded.jsonl")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Answer);
  const ask = engineFor(questions);

  test("every question was answered", () => {
    assert.deepEqual(
      answers.map(({ expression }) => expression),
      questions.expressions,
    );
  });

  for (const answer of answers) {
    test(answer.expression === "" ? "(nothing)" : answer.expression, () =>
      assert.deepEqual(ask(answer.expression), answer),
    );
  }
});
