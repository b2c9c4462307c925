import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Dingi } from "../../e2e/cluster/dingi.ts";
import { startScheduler } from "./scheduler-process.ts";
import type { MeasuredServer, ServerOptions } from "./server.ts";

const SCHEDULER = fileURLToPath(new URL("../../swap/our-program.ts", import.meta.url));

/** dingi's control plane in a process of its own, without nodes. */
export async function startDingi({ controllers, name = "bench" }: ServerOptions): Promise<MeasuredServer> {
  const dingi = await Dingi.create(name);
  const without = controllers ? [] : ["--disable", "scheduler,controller-manager"];
  try {
    await dingi.up("--runtime", "simulated", "--nodes", "0", ...without);
    const home = join(dingi.home, "clusters", dingi.name);
    return {
      name: "dingi",
      kubeconfig: dingi.kubeconfig,
      pids: [await dingi.pidOf("control-plane")],
      data: join(home, "store"),
      startScheduler: () => {
        const argv = [process.execPath, SCHEDULER, "scheduler", dingi.server, join(home, "pki")];
        return Promise.resolve(startScheduler(argv, join(home, "log", "scheduler.out")));
      },
      [Symbol.asyncDispose]: () => dingi[Symbol.asyncDispose](),
    };
  } catch (error) {
    await dingi[Symbol.asyncDispose]();
    throw error;
  }
}
