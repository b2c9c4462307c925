import assert from "node:assert/strict";
import { test } from "node:test";
import { splitLines } from "./lines.ts";

async function split(...chunks: string[]): Promise<string[][]> {
  const lines: string[][] = [];
  for await (const some of splitLines(bytes(chunks))) lines.push(some);
  return lines;
}

async function* bytes(chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

for (const [title, chunks, wanted] of [
  ["whole lines come as they arrive", ["a\nb\n", "c\n"], [["a", "b"], ["c"]]],
  ["a line may come in pieces", ["a", "b", "c\nd", "e\n"], [["abc"], ["de"]]],
  ["what ends a line may begin the next", ["a\nb", "\n"], [["a"], ["b"]]],
  ["a line of one letter is kept whole", ["a\nb", "c\n"], [["a"], ["bc"]]],
  ["empty lines are none", ["a\n\nb\n", "\n"], [["a", "b"], []]],
  ["what has no end is no line", ["a\nb"], [["a"]]],
  ["nothing is nothing", [], []],
] as const)
  test(title, async () => assert.deepEqual(await split(...chunks), wanted));

test("a letter may be cut in two", async () => {
  const [one, two] = [Buffer.from("é\n").subarray(0, 1), Buffer.from("é\n").subarray(1)];
  const lines = splitLines(
    (async function* () {
      yield one;
      yield two;
    })(),
  );
  assert.deepEqual((await lines.next()).value, ["é"]);
});
