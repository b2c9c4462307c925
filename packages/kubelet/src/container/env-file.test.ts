import assert from "node:assert/strict";
import { test } from "node:test";
import { EnvFileError, envFileValue } from "./env-file.ts";

test("values stand in single quotes, literally, and may go over lines", () => {
  const text = "# first\n\n  A='one' # why\nB='$A \"x\" \\n'\nC='two\n  lines'\nD= 'none'\nE=''\nF='last'";
  const values = { A: "one", B: '$A "x" \\n', C: "two\n  lines", D: "", E: "", F: "last", G: "" };
  for (const [key, value] of Object.entries(values)) assert.equal(envFileValue(text, key), value, key);
});

test("of two with one name the first counts, and what comes after it is not looked at", () => {
  assert.equal(envFileValue("A='1'\nA='2'\nbroken", "A"), "1");
});

test("what is written otherwise is refused, with its line", () => {
  const texts = {
    "A='1'\nB": "invalid environment variable format at line 2: missing '='",
    "='1'": "invalid environment variable format at line 1: empty variable name",
    "A ='1'": "invalid environment variable format at line 1: whitespace before '=' is not allowed",
    "A=1": "invalid environment variable format at line 1: value must be enclosed in single quotes",
    "A=": "invalid environment variable format at line 1: value must be enclosed in single quotes",
    "A='1'2": "invalid environment variable format at line 1: unexpected content after closing quote",
    "A='1\n2": "invalid environment variable format starting at line 1: unclosed single quote",
  };
  for (const [text, message] of Object.entries(texts))
    assert.throws(
      () => envFileValue(text, "Z"),
      (error) => error instanceof EnvFileError && error.message === message,
    );
});
