import { join } from "node:path";
import { Dingi } from "../../e2e/cluster/dingi.ts";
import type { MeasuredServer, ServerOptions } from "./server.ts";

/** dingi's control plane in a process of its own, without nodes. */
export async function startDingi({ controllers }: ServerOptions): Promise<MeasuredServer> {
  const dingi = await Dingi.create("bench");
  const without = controllers ? [] : ["--disable", "scheduler,controller-manager"];
  try {
    await dingi.up("--runtime", "simulated", "--nodes", "0", ...without);
    return {
      name: "dingi",
      kubeconfig: dingi.kubeconfig,
      pids: [await dingi.pidOf("control-plane")],
      data: join(dingi.home, "clusters", dingi.name, "store"),
      [Symbol.asyncDispose]: () => dingi[Symbol.asyncDispose](),
    };
  } catch (error) {
    await dingi[Symbol.asyncDispose]();
    throw error;
  }
}
