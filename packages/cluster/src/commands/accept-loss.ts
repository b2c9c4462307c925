import { join } from "node:path";
import { systemClock, systemRandom } from "@dingi/base";
import { acceptSqliteLoss, StoreUnavailableError, type AcceptedLoss } from "@dingi/store";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { STORE_FILE, type ClusterPaths } from "../config/paths.ts";
import { ACCEPT_FLAG } from "../config/store-loss.ts";

/** A control plane that refuses its store holds it for an instant at each try. */
const WAIT_MS = 5_000;
const STEP_MS = 30;

/** Lets a cluster's store go on with what is left of it; says what that is. */
export async function acceptLoss(paths: ClusterPaths, config: ClusterConfig): Promise<string> {
  if (config.store !== "sqlite") throw new Error(`${ACCEPT_FLAG} belongs to --store sqlite, not to "${config.store}"`);
  const accepted = await untilFree(paths);
  if (!accepted) return "The store has lost nothing";
  const { kept, acknowledged, movedTo } = accepted;
  const moved = movedTo.length === 0 ? "" : `; what was damaged is now ${movedTo.join(", ")}`;
  const upTo = acknowledged === undefined ? "an unknown number of" : String(acknowledged);
  return `The store goes on from revision ${kept}, of ${upTo} that were acknowledged${moved}`;
}

async function untilFree(paths: ClusterPaths): Promise<AcceptedLoss | undefined> {
  const end = systemClock.monotonic() + WAIT_MS;
  for (;;) {
    try {
      const path = join(paths.store, STORE_FILE);
      return acceptSqliteLoss({ path, markPath: paths.storeMark, random: systemRandom });
    } catch (error) {
      const isBusy = error instanceof StoreUnavailableError && error.reason === "InUse";
      if (!isBusy || systemClock.monotonic() > end) throw error;
    }
    await systemClock.sleep(STEP_MS);
  }
}
