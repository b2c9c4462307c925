import { seededRandom, systemClock } from "@dingi/base";
import type { ContainerRuntime } from "../container-runtime.ts";
import { testRuntimeContract } from "../contract/contract.ts";
import { simulateRuntime } from "./connect.ts";

let runtime: ContainerRuntime | undefined;

testRuntimeContract("simulated", {
  image: "busybox:1.36",
  open: async () =>
    (runtime = simulateRuntime({ clock: systemClock, random: seededRandom(1), podCidr: "10.244.1.0/24" })),
  close: async () => runtime?.[Symbol.asyncDispose](),
  logDirectory: async (pod) => `/var/log/pods/${pod}`,
  cgroupParent: (pod) => `/kubepods/${pod}`,
});
