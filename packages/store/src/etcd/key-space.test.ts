import assert from "node:assert/strict";
import { test } from "node:test";
import { KeySpace, normalPrefix } from "./key-space.ts";

test("keys are upstream's unless a prefix stands for theirs", () => {
  const plain = new KeySpace();
  assert.equal(plain.toEtcd("/registry/pods/a"), "/registry/pods/a");
  assert.deepEqual(plain.all, { key: "/registry/", rangeEnd: "/registry0" });
  const other = new KeySpace("/clusters/one");
  assert.equal(other.toEtcd("/registry/pods/a"), "/clusters/one/pods/a");
  assert.equal(other.fromEtcd("/clusters/one/pods/a"), "/registry/pods/a");
  assert.throws(() => other.toEtcd("/elsewhere"), /does not begin with "\/registry\/"/);
});

test("a range has the keys of its prefix, and never those of others", () => {
  const keys = new KeySpace("/one");
  assert.deepEqual(keys.range("/registry/pods/"), { key: "/one/pods/", rangeEnd: "/one/pods0" });
  assert.deepEqual(keys.range("/registry/pods/", "/registry/pods/b"), { key: "/one/pods/b\0", rangeEnd: "/one/pods0" });
  assert.deepEqual(keys.range("/registry/pods/", "/registry/a"), keys.range("/registry/pods/"));
  for (const prefix of ["", "/", "/registry/"]) assert.deepEqual(keys.range(prefix), keys.all);
});

test("a prefix is a path", () => {
  for (const prefix of ["a/b", "/a/b/", "//a//b"]) assert.equal(normalPrefix(prefix), "/a/b");
  for (const prefix of ["", "/", "/a b", "/\u00e9"])
    assert.throws(() => normalPrefix(prefix), /no prefix of etcd's keys/);
});
