import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { allowedFor, checkLayers } from "./check-layers.mjs";
import { describe } from "./laws/source-tree.mjs";

const everything = () => new Set(["@dingi/base", "@dingi/client", "@dingi/store", "@dingi/api", "ws"]);
const messages = (path, text, dependenciesOf = everything) =>
  checkLayers([describe(path, text)], dependenciesOf).map(({ message, line }) => `${line}: ${message}`);

suite("layers", () => {
  test("imports are transitive, and nobody reaches the store but the API server", () => {
    assert.ok(allowedFor("scheduler").has("base"));
    assert.ok(allowedFor("kubelet").has("apimachinery"));
    for (const name of ["scheduler", "kubelet", "controller-manager", "client", "kubectl"])
      assert.ok(!allowedFor(name).has("store"));
    assert.ok(allowedFor("cluster").has("store") && !allowedFor("cluster").has("testing"));
  });

  test("what the table does not allow is caught", () => {
    const path = "packages/scheduler/src/queue.ts";
    assert.deepEqual(messages(path, '\nimport type { Store } from "@dingi/store";'), [
      '2: "scheduler" may not import "store"',
    ]);
    assert.deepEqual(messages(path, 'await import("@dingi/store");'), ['1: "scheduler" may not import "store"']);
    assert.deepEqual(messages(path, 'import { Client } from "@dingi/client";'), []);
    assert.deepEqual(messages("packages/novel/src/a.ts", 'import "@dingi/base";'), [
      '1: The package "novel" is not in the table of layers',
    ]);
  });

  test("nobody reaches into a package or out of his own", () => {
    const path = "packages/client/src/a/b.ts";
    assert.match(messages(path, 'import { x } from "@dingi/api/src/core.ts";')[0], /reaches into a package/);
    assert.match(messages(path, 'import { x } from "../../../api/src/index.ts";')[0], /leaves the package/);
    assert.match(messages(path, 'import { x } from "@dingi/client";')[0], /is the package itself/);
    assert.deepEqual(messages(path, 'import { x } from "../c.ts";'), []);
  });

  test("what is not declared as a dependency is caught", () => {
    const path = "packages/client/src/a.ts";
    assert.match(messages(path, 'import { fetch } from "undici";')[0], /"undici" is not in the package's dependencies/);
    assert.match(messages(path, 'import { Pod } from "@dingi/api";', () => new Set())[0], /"@dingi\/api" is not in/);
    assert.match(messages(path, 'import fs from "fs";')[0], /Write "node:fs"/);
    assert.deepEqual(messages(path, 'import WebSocket from "ws"; import fs from "node:fs";'), []);
  });

  test("another kind's strategy is caught, its types are not", () => {
    const path = "packages/api/src/apps/deployment/plan.ts";
    assert.match(messages(path, 'import { s } from "../../core/pod/strategy.ts";')[0], /another kind's strategy/);
    assert.deepEqual(
      messages(path, 'import { s } from "./strategy.ts"; import { d } from "../../core/pod/defaults.ts";'),
      [],
    );
  });

  test("tests may import what they like", () => {
    assert.deepEqual(
      messages("packages/base/src/a.test.ts", 'import fc from "fast-check"; import "@dingi/store";'),
      [],
    );
  });
});
