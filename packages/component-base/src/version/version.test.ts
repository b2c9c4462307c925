import assert from "node:assert/strict";
import { test } from "node:test";
import { GIT_VERSION, versionInfo } from "./version.ts";

test("the version is upstream's with our own as build metadata", () => {
  assert.match(GIT_VERSION, /^v1\.37\.1\+dingi\d+\.\d+\.\d+$/);
  const { major, minor, gitVersion, platform, gitTreeState } = versionInfo({ gitCommit: "abc" });
  assert.deepEqual([major, minor, gitVersion, gitTreeState], ["1", "37", GIT_VERSION, "clean"]);
  assert.match(platform, /^[a-z0-9]+\/[a-z0-9]+$/);
});
