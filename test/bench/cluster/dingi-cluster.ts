import { join } from "node:path";
import { dnsServiceAddress } from "../../../packages/cluster/src/machine/addresses.ts";
import { readConfig } from "../../../packages/cluster/src/config/cluster-config.ts";
import { Dingi } from "../../e2e/cluster/dingi.ts";
import type { MeasuredCluster } from "./cluster.ts";

/** `dingi up`, as a user types it. */
export async function startDingiCluster(): Promise<MeasuredCluster> {
  const dingi = await Dingi.create("bench");
  try {
    await dingi.up();
    const config = await readConfig(join(dingi.home, "clusters", dingi.name, "cluster.json"));
    return {
      name: "dingi",
      kubeconfig: dingi.kubeconfig,
      nodePid: await dingi.pidOf("agent"),
      dnsAddress: dnsServiceAddress(config!.serviceCidr),
      [Symbol.asyncDispose]: () => dingi[Symbol.asyncDispose](),
    };
  } catch (error) {
    await dingi[Symbol.asyncDispose]();
    throw error;
  }
}
