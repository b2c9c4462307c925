import assert from "node:assert/strict";
import { test } from "node:test";
import { logText, parseLogLine } from "./log-line.ts";

test("reads a line, and nothing from one that is cut off", () => {
  const time = "2026-01-01T00:00:00Z";
  assert.deepEqual(parseLogLine(`${time} stderr P some text`), {
    time,
    stream: "stderr",
    partial: true,
    text: "some text",
  });
  assert.equal(parseLogLine(`${time} stdout F`)?.text, "");
  assert.equal(parseLogLine("00Z out F text"), undefined);
});

test("joins the pieces of a line", () => {
  assert.equal(logText("cut off\nt stdout P a\nt stdout F b\nt stdout F c\n"), "ab\nc\n");
});
