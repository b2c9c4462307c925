export { TestCluster, type TestClusterOptions, type TestNode } from "./cluster.ts";
export { testUnderFaults, type FaultScenario } from "./under-faults.ts";
export { FaultyTransport, type Fault, type FaultPlan } from "./faults.ts";
