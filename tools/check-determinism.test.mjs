import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDeterminism } from "./check-determinism.mjs";
import { describe } from "./laws/source-tree.mjs";

const caught = (text, path = "packages/client/src/a.ts") => checkDeterminism([describe(path, text)]).length;

test("every way to the clock, to timers and to chance is caught", () => {
  const forbidden = [
    "Date.now()",
    "new Date()",
    "new Date;",
    "performance.now()",
    "process.hrtime.bigint()",
    "Temporal.Now.instant()",
    "setTimeout(f, 1)",
    "globalThis.setInterval(f, 1)",
    "const later = setImmediate;",
    "await new Promise((resolve) => setTimeout(resolve, 5))",
    "AbortSignal.timeout(5)",
    "Math.random()",
    "crypto.randomUUID()",
    'import { randomBytes } from "node:crypto";',
    "crypto.getRandomValues(a)",
    'import { scheduler } from "node:timers/promises";',
    "`${Date.now()}`",
  ];
  for (const text of forbidden) assert.ok(caught(text) >= 1, text);
});

test("what only looks like it is not", () => {
  const allowed = [
    "new Date(clock.now())",
    "const at: Date = new Date(ms);",
    "socket.setTimeout(1000)",
    "// Date.now()",
    'throw new Error("Date.now() is not allowed")',
    "clock.timer(5, f)",
    "const pattern = /Date.now()/;",
    "random.bytes(5)",
  ];
  for (const text of allowed) assert.equal(caught(text), 0, text);
});

test("base and the repository's own programs may, tests may not", () => {
  assert.equal(caught("Date.now()", "packages/base/src/clock.ts"), 0);
  assert.equal(caught("performance.now()", "tools/ok.mjs"), 0);
  assert.equal(caught("setTimeout(f, 1)", "packages/client/src/a.test.ts"), 1);
});
