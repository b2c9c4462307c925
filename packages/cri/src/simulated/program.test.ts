import assert from "node:assert/strict";
import { test } from "node:test";
import { executionOf, programOf } from "./program.ts";

const out = (text: string) => ({ type: "print", text: `${text}\n`, stream: "stdout" });

test("a script is its statements, up to the first that ends or serves", () => {
  const script = 'echo "a  b" $NAME ${NAME}x; sleep 1.5 && exit 2; echo never';
  assert.deepEqual(programOf(["sh", "-c", script], { NAME: "n" }), [
    out("a  b n nx"),
    { type: "sleep", ms: 1500 },
    { type: "exit", code: 2 },
  ]);
  assert.deepEqual(programOf(["/bin/sh", "-ec", "echo up; exec httpd -f; echo never"], {}), [
    out("up"),
    { type: "forever" },
  ]);
});

test("durations have units", () => {
  const sleep = (duration: string) => programOf(["/bin/sleep", duration], {})[0];
  assert.deepEqual(sleep("2m"), { type: "sleep", ms: 120_000 });
  assert.deepEqual(sleep("infinity"), { type: "forever" });
  assert.deepEqual(programOf(["sleep", "soon"], {}).at(-1), { type: "exit", code: 1 });
});

test("an execution ends, whatever it is", () => {
  assert.deepEqual(executionOf(["cat", "/tmp/healthy"], {}), []);
  assert.deepEqual(executionOf(["sh", "-c", "test -f /x; exit 1"], {}), []);
  assert.deepEqual(executionOf(["hostname"], { HOSTNAME: "pod" }), [out("pod")]);
  assert.deepEqual(executionOf(["env"], { A: "1", B: "2" }), [out("A=1\nB=2")]);
  assert.deepEqual(executionOf(["printenv", "A"], { A: "1" }), [out("1")]);
});

test("strange commands are only strange", () => {
  for (const argv of [[""], ["__proto__"], ["constructor"], ["sh", "-c", ""], ["sh", "-c", '"'], ["sh"]])
    programOf(argv, {});
});
