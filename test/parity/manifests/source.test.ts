import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { batchesOf, documentsOf, readManifests, type Manifest } from "./source.ts";

test("Documents are parted where a line of three dashes stands", () => {
  const text = "# only a comment\n---\na: 1\n---\n\n--- # more\nb: |\n  ---x\n---\n# end\n";
  assert.deepEqual(documentsOf(text), ["a: 1\n", "b: |\n  ---x\n"]);
});

test("Of files, the objects are taken, each once and as they are written; what is left out is counted", async () => {
  const directory = await mkdtemp(join(tmpdir(), "manifests-test-"));
  try {
    const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: n} # mine\n";
    const template = "apiVersion: v1\nkind: {{ .Kind }}: x\n";
    await writeFile(join(directory, "a.yaml"), `${pod}---\n${template}---\n- 1\n---\nkind: Config\n`);
    await writeFile(join(directory, "b.yml"), `${pod}---\napiVersion: v1\nkind: Pod\nmetadata: {generateName: g-}\n`);
    await writeFile(join(directory, "c.txt"), pod);
    const { manifests, ...count } = readManifests([directory]);
    assert.deepEqual(count, { files: 2, unreadable: 1, others: 2, repeated: 1 });
    const [first, second] = manifests;
    assert.deepEqual(first, {
      from: `${join(directory, "a.yaml")}#1`,
      text: pod,
      apiVersion: "v1",
      kind: "Pod",
      namespace: "n",
      name: "a",
      isGenerated: false,
    });
    assert.deepEqual([second?.name, second?.isGenerated], ["g-", true]);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("No batch has two objects of one name, nor more than it may", () => {
  const one = (name: string, kind = "Pod") => ({ name, kind, namespace: "" }) as Manifest;
  const batches = batchesOf([one("a"), one("a"), one("a", "Service"), one("b"), one("c"), one("a")], 3);
  assert.deepEqual(
    batches.map((batch) => batch.map(({ kind, name }) => `${kind} ${name}`)),
    [["Pod a", "Service a", "Pod b"], ["Pod a", "Pod c"], ["Pod a"]],
  );
});
