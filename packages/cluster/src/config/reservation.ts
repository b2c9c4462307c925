import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ClusterNetworks } from "../machine/networks.ts";
import type { ClusterConfig } from "./cluster-config.ts";
import type { ClusterPaths } from "./paths.ts";

/** What no other cluster of this machine may have, wherever that keeps its files. */
interface Reservation extends ClusterNetworks {
  readonly apiPort: number;
}

const FILE = "reserved.json";

/** Lasts until the cluster is stopped. */
export async function reserve({ run }: ClusterPaths, { fabric, pods, apiPort }: ClusterConfig): Promise<void> {
  const reservation: Reservation = { fabric, pods, apiPort };
  await mkdir(run, { recursive: true, mode: 0o700 });
  await writeFile(join(run, FILE), JSON.stringify(reservation), { mode: 0o600 });
}

export async function reservedByOthers({ run, name }: ClusterPaths): Promise<readonly Reservation[]> {
  const root = dirname(run);
  const others = (await readdir(root).catch(() => [])).filter((other) => other !== name);
  const found = await Promise.all(others.map((other) => readReservation(join(root, other, FILE))));
  return found.filter((reservation) => reservation !== undefined);
}

async function readReservation(path: string): Promise<Reservation | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Reservation;
  } catch {
    // Absent, or of a cluster that ends just now.
    return undefined;
  }
}
