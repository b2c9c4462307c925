export * from "./define-controller.ts";
export { cacheOver, collectIndexes, kindsOf } from "./controller-cache.ts";
export { Expectations } from "./expectations.ts";
export { runManager, type ManagerOptions } from "./manager.ts";
export { Workqueue } from "./workqueue.ts";
