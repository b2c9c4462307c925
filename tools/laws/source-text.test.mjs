import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { blank, importsOf } from "./source-text.mjs";

suite("source text", () => {
  test("comments go, code stays where it was", () => {
    const source = "#!/usr/bin/env node\na(); // Date.now\n/* b\n */ c();\n";
    const blanked = blank(source);
    assert.equal(blanked.length, source.length);
    assert.deepEqual(
      blanked.split("\n").map((line) => line.trim()),
      ["", "a();", "", "c();", ""],
    );
  });

  test("what looks like a comment in a string, a template or a regular expression is none", () => {
    for (const source of [
      'x = "a // b"; y()',
      "x = 'a /* b'; y()",
      "x = `a // ${b /* no */} // c`; y()",
      "x = /[/*]//*z*/; y()",
      "a = b / c; y() // d",
    ]) {
      assert.match(blank(source), /y\(\)/);
    }
    assert.equal(blank("x = /[/*]/; y()"), "x = /[/*]/; y()");
  });

  test("strings are blanked on request, expressions in templates are not", () => {
    const code = blank('a("Date.now()", `now ${Date.now()} ${f({ b: `${c}` })} later`, /Date.now/)', { strings: true });
    assert.equal(code.match(/Date\.now/g)?.length, 1);
    assert.match(code, /f\(\{ b: `\$\{c\}` \}\)/);
    assert.doesNotMatch(code, /later/);
  });

  test("a division is no regular expression", () => {
    const code = blank("const a = b / c; Date.now(); d = (e) / f; g = h[0] / 2 / i; return /x/.test(j)", {
      strings: true,
    });
    assert.match(code, /Date\.now\(\)/);
    assert.match(code, /return \/ \/\.test/);
  });

  test("all ways to import are found, texts that look like it are not", () => {
    const source = `
import a, { b } from "one";
import type { C } from './two.ts';
import { type D, type E } from "three";
import { type F, g } from "four";
import "five";
export * from "six";
export { h } from "seven";
const i = await import("eight");
new Worker(new URL("./nine.ts", import.meta.url));
const no = "import x from 'ten'"; // import "eleven"
throw new Error(\`Cannot import from "\${no}"\`);
import {
  j,
} from "twelve";
`;
    const kinds = {
      2: "static",
      3: "type",
      4: "type",
      5: "static",
      6: "static",
      7: "static",
      8: "static",
      9: "dynamic",
      10: "dynamic",
      13: "static",
    };
    const names = ["one", "./two.ts", "three", "four", "five", "six", "seven", "eight", "./nine.ts", "twelve"];
    const found = importsOf(source).sort((a, b) => a.line - b.line);
    assert.deepEqual(
      found.map(({ specifier }) => specifier),
      names,
    );
    assert.deepEqual(Object.fromEntries(found.map(({ line, kind }) => [line, kind])), kinds);
  });
});
