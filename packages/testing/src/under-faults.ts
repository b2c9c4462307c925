import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TestCluster, type ComponentName, type TestClusterOptions } from "./cluster.ts";
import type { Fault, FaultPlan } from "./faults.ts";

export interface FaultScenario<T> {
  /** Whose requests suffer. */
  readonly component: ComponentName;
  /** One in so many writes suffers, and with each fault others; all of them when 1. */
  readonly share: number;
  readonly cluster?: Omit<TestClusterOptions, "faults">;
  /** Brings the cluster to an end, and tells what must be the same however the way there was. */
  readonly run: (cluster: TestCluster) => Promise<T>;
  readonly wanted: T;
}

const FAULTS: readonly Fault[] = [
  { type: "lose" },
  { type: "lose answer" },
  { type: "repeat" },
  { type: "delay", ms: 3000 },
  { type: "conflict" },
  { type: "refuse" },
  { type: "crash" },
];
/** Batches of events after which a watch is cut, each time anew. */
const CUT_AFTER = 2;

/** Tests that a scenario ends the same whichever write of a component suffers, from whichever fault, and with watches cut. */
export function testUnderFaults<T>(title: string, scenario: FaultScenario<T>): void {
  const { component, share, wanted } = scenario;
  const run = async (plan: FaultPlan): Promise<{ readonly end: T; readonly writes: number }> => {
    await using cluster = await TestCluster.start({ ...scenario.cluster, faults: { [component]: plan } });
    const end = await scenario.run(cluster);
    return { end, writes: cluster.writes(component) };
  };
  describe(title, () => {
    let writes = 0;
    test("when nothing goes wrong", async () => {
      const undisturbed = await run(() => undefined);
      assert.deepEqual(undisturbed.end, wanted);
      ({ writes } = undisturbed);
      assert.ok(writes > 0, `The ${component} wrote nothing`);
    });

    for (const [turn, fault] of FAULTS.entries())
      test(`whichever write of the ${component} suffers: ${JSON.stringify(fault)}`, async () => {
        for (let bad = (turn % share) + 1; bad <= writes; bad += share) {
          const { end } = await run((_request, write) => (write === bad ? fault : undefined));
          assert.deepEqual(end, wanted, `write ${bad} of ${writes}`);
        }
      });

    test("when watches are cut again and again", async () => {
      const cut: Fault = { type: "cut", after: CUT_AFTER };
      assert.deepEqual((await run((_request, write) => (write === undefined ? cut : undefined))).end, wanted);
    });
  });
}
