/** Writes all questions as JSON lines, for upstream's code to answer. */
import { questions } from "./random-pods.ts";

process.stdout.write(
  questions()
    .map((question) => `${JSON.stringify(question)}\n`)
    .join(""),
);
