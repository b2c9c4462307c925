import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1APIService } from "./apiservice.gen.ts";
import { columns } from "./columns.ts";

const CASES: readonly [object[] | undefined, string][] = [
  [undefined, "Unknown"],
  [[{ type: "Other", status: "True" }], "Unknown"],
  [[{ type: "Available", status: "True", reason: "Passed" }], "True"],
  [[{ type: "Available", status: "False", reason: "ServiceNotFound" }], "False (ServiceNotFound)"],
  [[{ type: "Available", status: "False" }], "False"],
];

for (const [conditions, expected] of CASES) {
  test(`${JSON.stringify(conditions)} is shown as ${expected}`, () => {
    const service = { metadata: {}, spec: {}, status: { conditions } } as unknown as V1APIService;
    assert.equal(columns.find(({ name }) => name === "Available")?.value(service, { nowMs: 0 }), expected);
  });
}
