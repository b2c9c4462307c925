import assert from "node:assert/strict";
import { test } from "node:test";
import { validatePriorityLevel } from "../prioritylevelconfiguration/validation.ts";
import type { V1PriorityLevelConfigurationSpec } from "../prioritylevelconfiguration/prioritylevelconfiguration.gen.ts";
import { MANDATORY_FLOW_SCHEMAS } from "./mandatory.ts";
import { validateFlowSchema } from "./validation.ts";

for (const [name, spec] of MANDATORY_FLOW_SCHEMAS) {
  test(`The flow schema "${name}" may be as it has to be`, () => {
    assert.deepEqual(validateFlowSchema({ metadata: { name }, spec, status: {} }), []);
  });

  test(`The flow schema "${name}" may not be anything else`, () => {
    const changed = { ...spec, rules: [] };
    const [error] = validateFlowSchema({ metadata: { name }, spec: changed, status: {} });
    assert.equal(error?.detail, `spec of '${name}' must equal the fixed value`);
  });
}

const LEVELS: readonly [name: string, spec: V1PriorityLevelConfigurationSpec][] = [
  ["exempt", { type: "Exempt" }],
  ["exempt", { type: "Exempt", exempt: { nominalConcurrencyShares: 9, lendablePercent: 50 } }],
  [
    "catch-all",
    {
      type: "Limited",
      limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: "Reject" } },
    },
  ],
];

for (const [name, spec] of LEVELS) {
  test(`The priority level "${name}" may be ${JSON.stringify(spec)}`, () => {
    assert.deepEqual(validatePriorityLevel({ metadata: { name }, spec, status: {} }), []);
  });
}
