import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { Answer, Questions } from "./ask.ts";
import { engineFor } from "./ask.ts";

const read = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");
const questions = JSON.parse(read("questions.json")) as Questions;
const specification = JSON.parse(read("specification.json")) as Pick<Questions, "expressions">;

/** What upstream's engine answered; `record.sh` asks it anew. */
const SUITES = [
  { name: "of Kubernetes' environment", expressions: questions.expressions, recorded: "recorded.jsonl" },
  {
    name: "of the language's specification",
    expressions: specification.expressions,
    recorded: "specification-recorded.jsonl",
  },
];

for (const { name, expressions, recorded } of SUITES) {
  suite(`upstream's engine and ours answer the same: expressions ${name}`, () => {
    const answers = read(recorded)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Answer);
    const ask = engineFor(questions);

    test("every question was answered", () => {
      assert.deepEqual(
        answers.map(({ expression }) => expression),
        expressions,
      );
    });

    for (const answer of answers) {
      test(answer.expression.trim() || "(nothing)", () => assert.deepEqual(ask(answer.expression), answer));
    }
  });
}
