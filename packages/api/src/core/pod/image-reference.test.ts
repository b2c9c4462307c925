import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultPullPolicy, parseImageReference } from "./index.ts";

const HEX = "0123456789abcdef".repeat(4);

test("short names are of the default registry", () => {
  const texts = ["busybox", "user/app:1", "registry:5000/app", "localhost/a/b", "index.docker.io/a", "Ghcr/x"];
  assert.deepEqual(
    texts.map((text) => parseImageReference(text)?.repository),
    ["docker.io/library/busybox", "docker.io/user/app", "registry:5000/app", "localhost/a/b", "docker.io/a", "Ghcr/x"],
  );
});

test("tags and digests", () => {
  assert.deepEqual(parseImageReference(`a:1@sha256:${HEX}`), {
    repository: "docker.io/library/a",
    tag: "1",
    digest: `sha256:${HEX}`,
  });
  assert.equal(parseImageReference("a")?.tag, "latest");
  assert.equal(parseImageReference(`a@sha256:${HEX}`)?.tag, "");
});

test("what is no reference", () => {
  for (const text of [
    "",
    "A",
    "a b",
    "a:",
    "a@sha256:12",
    `a@sha256:${HEX.toUpperCase()}`,
    HEX,
    "a//b",
    "a".repeat(300),
  ])
    assert.equal(parseImageReference(text), undefined, text);
});

test("only what moves is pulled always", () => {
  assert.equal(defaultPullPolicy("a"), "Always");
  assert.equal(defaultPullPolicy("a:latest"), "Always");
  assert.equal(defaultPullPolicy("a:1"), "IfNotPresent");
  assert.equal(defaultPullPolicy(`a@sha256:${HEX}`), "IfNotPresent");
});
