import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResolveHookContext } from "node:module";
import { ownModules } from "./own-modules.ts";

const context = { parentURL: import.meta.url, conditions: [], importAttributes: {} } satisfies ResolveHookContext;

function resolver() {
  const asked: string[] = [];
  const resolve = ownModules();
  const find = (specifier: string) => {
    const found = resolve(specifier, context, (wanted) => {
      asked.push(wanted);
      return { url: import.meta.resolve(wanted) };
    });
    return found.url;
  };
  return { find, asked };
}

test("A module of this repository is where Node would find it, and Node need not look for it", () => {
  const { find, asked } = resolver();
  for (const specifier of ["./main.ts", "./commands/up.ts", "../../base/src/index.ts"])
    assert.equal(find(specifier), import.meta.resolve(specifier));
  assert.deepEqual(asked, []);
});

test("A package of this repository is looked for once", () => {
  const { find, asked } = resolver();
  for (let i = 0; i < 3; i++) assert.equal(find("@dingi/base"), import.meta.resolve("@dingi/base"));
  assert.deepEqual(asked, ["@dingi/base"]);
});

test("What is not ours is Node's to find, each time", () => {
  const { find, asked } = resolver();
  const others = ["commander", "node:fs", "commander"];
  for (const specifier of others) assert.equal(find(specifier), import.meta.resolve(specifier));
  assert.deepEqual(asked, others);
});
