export { TestCluster, type TestClusterOptions, type TestNode } from "./cluster.ts";
export { FaultyTransport, type Fault, type FaultPlan } from "./faults.ts";
