import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadAll } from "js-yaml";
import type { ParityCase, RecordedCase } from "../../../test/parity/cases.ts";
import { checkReview } from "../../../test/parity/replay-review.ts";
import { Replay } from "../../../test/parity/replay.ts";
import { builtinKinds, builtinReviews } from "./index.ts";

const parity = join(import.meta.dirname, "../../../test/parity");

for (const file of readdirSync(join(parity, "cases"))) {
  const cases = loadAll(readFileSync(join(parity, "cases", file), "utf8")) as ParityCase[];
  const recorded = JSON.parse(
    readFileSync(join(parity, "recorded", file.replace(".yaml", ".json")), "utf8"),
  ) as RecordedCase[];
  const answers = new Map(recorded.map((entry) => [entry.name, entry]));
  for (const testCase of cases) {
    if (testCase.serverOnly !== undefined) continue;
    test(`${testCase.resource}: ${testCase.name}`, () => {
      const answer = answers.get(testCase.name);
      assert.ok(answer, "Not recorded; run test/parity/record.ts");
      const review = builtinReviews.find(({ apiVersion, plural }) => `${apiVersion}/${plural}` === testCase.resource);
      if (review) {
        for (const [i, step] of testCase.steps.entries()) checkReview(review, testCase, step, answer.steps[i]!);
        return;
      }
      const replay = new Replay(builtinKinds, testCase);
      for (const [i, step] of testCase.steps.entries()) replay.check(step, answer.steps[i]!);
    });
  }
}
