import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { FakeClock } from "@dingi/base";
import { createFirstMark, createMark, MarkFile, readMark } from "./mark-file.ts";

const directory = mkdtempSync(join(tmpdir(), "dingi-mark-"));
after(() => rmSync(directory, { recursive: true }));
const store = "00112233445566778899aabbccddeeff";
const onFailure = (error: unknown) => assert.fail(String(error));

function marked(name: string, revision: number): string {
  const path = join(directory, name);
  createMark(path, { store, revision });
  return path;
}

function open(path: string) {
  const file = new MarkFile({ path, store, clock: new FakeClock(), onFailure });
  return { write: (revision: number) => file.write(revision), [Symbol.dispose]: () => file.close() };
}

/** Keeps what it is to call until it is told to. */
class HeldClock extends FakeClock {
  readonly #calls: (() => void)[] = [];
  #onTimer = () => {};

  override timer(_ms: number, fn: () => void): Disposable {
    this.#calls.push(fn);
    this.#onTimer();
    return { [Symbol.dispose]: () => {} };
  }

  next(): (() => void) | undefined {
    return this.#calls.shift();
  }

  async untilTimer(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onTimer = resolve;
    if (this.#calls.length === 0) await promise;
  }
}

function overwrite(path: string, at: number, bytes: string): void {
  const content = readFileSync(path);
  content.write(bytes, at);
  writeFileSync(path, content);
}

test("the newest revision that was noted is what is read, also before the file is closed", () => {
  const path = marked("newest", 1);
  using mark = open(path);
  assert.deepEqual(readMark(path), { store, revision: 1 });
  for (const revision of [2, 3, 4, 2 ** 40]) {
    mark.write(revision);
    assert.deepEqual(readMark(path), { store, revision });
  }
});

test("a slot that a power cut tore leaves the other", () => {
  const path = marked("torn", 1);
  {
    using mark = open(path);
    for (const revision of [2, 3]) mark.write(revision);
  }
  overwrite(path, 512 + 30, "torn");
  assert.deepEqual(readMark(path), { store, revision: 2 });
});

test("a first mark does not replace one, and leaves nothing behind", () => {
  const path = join(directory, "first");
  const other = "ffeeddccbbaa99887766554433221100";
  assert.ok(createFirstMark(path, { store, revision: 1 }));
  assert.ok(!createFirstMark(path, { store: other, revision: 7 }));
  assert.deepEqual(readMark(path), { store, revision: 1 });
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.startsWith("first.")),
    [],
  );
});

test("what is no mark is none, and no file is another matter", () => {
  const path = marked("broken", 5);
  for (const at of [8, 512 + 8]) overwrite(path, at, "x");
  assert.equal(readMark(path), "unreadable");
  writeFileSync(path, "");
  assert.equal(readMark(path), "unreadable");
  assert.equal(readMark(join(directory, "none")), "absent");
});

test("what is noted while the disk takes what came before goes to the disk after it, too", async () => {
  const path = marked("during", 1);
  const clock = new HeldClock();
  const file = new MarkFile({ path, store, clock, onFailure });
  file.write(2);
  const startSync = clock.next()!;
  startSync();
  file.write(3);
  assert.equal(clock.next(), undefined, "one at a time");
  await clock.untilTimer();
  const startNext = clock.next()!;
  file.close();
  startNext();
});
