import { mkdir } from "node:fs/promises";
import { systemClock } from "@dingi/base";
import { connectContainerd, type ContainerRuntime } from "@dingi/cri";
import { testRuntimeContract } from "../../../packages/cri/src/contract/contract.ts";
import { EXAMPLE_IMAGE } from "../../../packages/cluster/src/image/base-images.ts";
import { MachineFixture, skipWithoutRoot } from "./machine-fixture.ts";

let fixture: MachineFixture | undefined;
let runtime: ContainerRuntime | undefined;

testRuntimeContract("containerd", {
  skip: skipWithoutRoot(),
  image: EXAMPLE_IMAGE,
  open: async () => {
    fixture = await MachineFixture.open("contract");
    const node = await fixture.addNode(1);
    return (runtime = connectContainerd({ socket: fixture.machine.containerdSocket(node), clock: systemClock }));
  },
  close: async () => {
    await runtime?.[Symbol.asyncDispose]();
    await fixture?.close();
  },
  logDirectory: async (pod) => {
    // Inside the node this is /var/log/pods.
    await mkdir(`${fixture!.machine.nodeDirectory("contract-1")}/log/pods/${pod}`, { recursive: true });
    return `/var/log/pods/${pod}`;
  },
  cgroupParent: (pod) => `/dingi/${fixture!.name}/${fixture!.name}-1/kubepods/${pod}`,
});
