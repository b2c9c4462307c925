import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LastWords, reasonIn } from "./last-words.ts";

test("a reason is what was said last, with all its lines", () => {
  assert.equal(reasonIn("noise\ndingi: first\ndingi: apt said:\n\n  E: no\n"), "apt said:\n\n  E: no");
  assert.equal(reasonIn("dingi: at the very beginning"), "at the very beginning");
  assert.equal(reasonIn("not a dingi: reason\n"), "");
});

test("V8's own end is a reason", () => {
  const text = "<--- Last few GCs --->\n\nFATAL ERROR: Reached heap limit - JavaScript heap out of memory\n 1: 0x1\n";
  assert.equal(reasonIn(text), "FATAL ERROR: Reached heap limit - JavaScript heap out of memory");
});

test("what an earlier process said is not taken for this one's", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "dingi-words-"));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, "part.out");
  const words = new LastWords(path);
  await words.begin();
  await writeFile(path, "dingi: the first\n");
  assert.equal(await words.read(), "the first");
  await words.begin();
  assert.equal(await words.read(), "");
  await appendFile(path, `${"log\n".repeat(10_000)}dingi: the second\n`);
  assert.equal(await words.read(), "the second");
});
