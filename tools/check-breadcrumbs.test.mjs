import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { breadcrumbsOf, checkBreadcrumbs, UpstreamSources } from "./check-breadcrumbs.mjs";
import { describe } from "./laws/source-tree.mjs";

const places = (text) => breadcrumbsOf(text).map(({ paths, symbol = "" }) => `${paths.join("|")}#${symbol}`);

test("a breadcrumb is a path, a symbol, or both; braces are spelled out, and … is a place named before", () => {
  assert.deepEqual(places("/** Decides. Upstream: pkg/a/b.go#Decide */"), ["pkg/a/b.go#Decide"]);
  assert.deepEqual(places("/** Upstream: pkg/a/{b,c}.go#Decide, and what follows */"), [
    "pkg/a/b.go#Decide",
    "pkg/a/c.go#Decide",
  ]);
  assert.deepEqual(places("/** Upstream: pkg/a/b.go#Decide */\n/** Upstream: …#Act. */"), [
    "pkg/a/b.go#Decide",
    "pkg/a/b.go#Act",
  ]);
  assert.deepEqual(places("/**\n * Upstream: pkg/a/b.go,\n * pkg/a/c.go#Act\n */"), ["pkg/a/b.go#", "pkg/a/c.go#Act"]);
  assert.deepEqual(places("/** Upstream: the chain of whatever */"), []);
});

test("a breadcrumb to what upstream does not have is caught", () => {
  const modules = mkdtempSync(join(tmpdir(), "modules-"));
  const write = (path, text) => {
    mkdirSync(dirname(join(modules, path)), { recursive: true });
    writeFileSync(join(modules, path), text);
  };
  write("k8s.io/kubernetes@v1.37.1/pkg/a/b.go", "package a\n\nfunc Decide() {}\n");
  write("k8s.io/api@v0.37.1/core/v1/types.go", "type Pod struct{}");
  write("k8s.io/api@v0.30.0/core/v1/old.go", "type Old struct{}");
  try {
    const sources = new UpstreamSources(modules);
    const said = (crumb) =>
      checkBreadcrumbs([describe("packages/a/src/a.ts", `\n/** Upstream: ${crumb} */`)], sources).map(
        ({ line, message }) => `${line}: ${message}`,
      );
    assert.deepEqual(said("pkg/a/b.go#Decide"), []);
    assert.deepEqual(said("pkg/a#Decide"), []);
    assert.deepEqual(said("api/core/v1/types.go#Pod"), []);
    assert.deepEqual(said("net/http/server.go#Serve"), []);
    assert.deepEqual(said("pkg/a/b.go#Act"), ['2: Upstream has no "pkg/a/b.go#Act"']);
    assert.deepEqual(said("pkg/a/c.go"), ['2: Upstream has no "pkg/a/c.go"']);
    assert.deepEqual(said("api/core/v1/old.go#Old"), ['2: Upstream has no "api/core/v1/old.go#Old"']);
  } finally {
    rmSync(modules, { recursive: true });
  }
});
