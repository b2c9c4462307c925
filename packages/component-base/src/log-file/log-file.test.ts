import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createLogger, FakeClock } from "@dingi/base";
import { LogFile } from "./log-file.ts";

const root = mkdtempSync(join(tmpdir(), "dingi-log-"));
after(() => rmSync(root, { recursive: true }));

test("a logger's lines are in the file at once, for its owner only", () => {
  const path = join(root, "new", "a.log");
  using file = new LogFile({ path });
  createLogger({ clock: new FakeClock(), component: "test", write: file.write }).info("Began", { count: 1 });
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")), {
    ts: "2026-01-01T00:00:00.000Z",
    level: "info",
    component: "test",
    msg: "Began",
    count: 1,
  });
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("files stay below their size, no line is torn, and the oldest file goes", () => {
  const path = join(root, "rotated", "a.log");
  const lines = Array.from({ length: 100 }, (_, i) => `line ${String(i).padStart(3, "0")}\n`);
  for (let start = 0; start < 100; start += 25) {
    using file = new LogFile({ path, maxBytes: 95, maxFiles: 3 });
    for (const line of lines.slice(start, start + 25)) file.write(line);
  }
  assert.deepEqual(readdirSync(join(root, "rotated")).sort(), ["a.log", "a.log.1", "a.log.2"]);
  const kept = ["a.log.2", "a.log.1", "a.log"].map((name) => readFileSync(join(root, "rotated", name), "utf8"));
  for (const content of kept) assert.ok(content.length <= 95);
  assert.equal(kept.join(""), lines.slice(-kept.join("").length / 9).join(""));
  assert.ok(kept.join("").length >= 2 * 90);
});

test("a file that has grown old is dropped with the next one", () => {
  const path = join(root, "old", "a.log");
  const clock = new FakeClock();
  using file = new LogFile({ path, maxBytes: 20, maxFiles: 4, maxAge: { ms: 1000, clock } });
  for (let i = 0; i < 3; i++) file.write(`line ${i} ---\n`);
  utimesSync(`${path}.2`, clock.now() / 1000 - 2, clock.now() / 1000 - 2);
  utimesSync(`${path}.1`, clock.now() / 1000, clock.now() / 1000);
  file.write("line 3 ---\n");
  assert.deepEqual(readdirSync(join(root, "old")).sort(), ["a.log", "a.log.1", "a.log.2"]);
  assert.equal(readFileSync(`${path}.2`, "utf8"), "line 1 ---\n");
});

test("one file alone is emptied when it is full", () => {
  const path = join(root, "single", "a.log");
  using file = new LogFile({ path, maxBytes: 20, maxFiles: 1 });
  for (let i = 0; i < 5; i++) file.write(`line ${i} ---\n`);
  assert.equal(readFileSync(path, "utf8"), "line 4 ---\n");
});

test("a full disk fails nobody", (t) => {
  const path = join(root, "full.log");
  try {
    statSync("/dev/full");
    symlinkSync("/dev/full", path);
  } catch {
    return t.skip("there is no /dev/full on this machine");
  }
  using file = new LogFile({ path });
  file.write("lost\n");
  file.write("lost too\n");
});
