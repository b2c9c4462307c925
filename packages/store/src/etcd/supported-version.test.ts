import assert from "node:assert/strict";
import { test } from "node:test";
import { requireSupported } from "./supported-version.ts";

test("an etcd whose watches tell of progress too early is refused", () => {
  for (const version of ["3.4.25", "3.5.8", "3.6.0", "3.7.3", "3.6.0-rc.1", "4.0.0"]) requireSupported(version);
  for (const version of ["3.4.23", "3.5.7", "3.3.27", "2.3.8", "not a version"]) {
    assert.throws(() => requireSupported(version), /use 3\.5\.8, 3\.4\.25 or newer/);
  }
});
