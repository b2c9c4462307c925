import assert from "node:assert/strict";
import { test } from "node:test";
import { failed, readRemoteStatus } from "./remote-status.ts";

const SUCCESS = { metadata: {}, status: "Success" };
const exit = (message: string) =>
  JSON.stringify({
    status: "Failure",
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message }] },
  });

test("success is success, said or not", () => {
  assert.deepEqual(readRemoteStatus(""), SUCCESS);
  assert.deepEqual(readRemoteStatus('{"metadata":{},"status":"Success","code":200}'), SUCCESS);
});

test("an exit code is passed on", () => {
  assert.deepEqual(readRemoteStatus(exit("5")), {
    metadata: {},
    status: "Failure",
    message: "command terminated with non-zero exit code: command terminated with exit code 5",
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: "5" }] },
  });
});

test("another failure is an internal error with its text", () => {
  assert.deepEqual(readRemoteStatus('{"status":"Failure","message":"no such command"}'), failed("no such command"));
  assert.deepEqual(failed("x"), {
    metadata: {},
    status: "Failure",
    message: "Internal error occurred: x",
    reason: "InternalError",
    details: { causes: [{ message: "x" }] },
    code: 500,
  });
});

for (const text of [
  "{",
  "null",
  '{"status":"Maybe"}',
  exit("256"),
  exit("-1"),
  '{"status":"Failure","reason":"NonZeroExitCode"}',
]) {
  test(`${text} is no status`, () => {
    assert.match(String(readRemoteStatus(text).message), /error stream protocol error/);
  });
}
