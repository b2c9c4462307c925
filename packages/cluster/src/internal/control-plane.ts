import { hostname } from "node:os";
import { join } from "node:path";
import { ensureClusterPki, LogFile } from "@dingi/component-base";
import { aborted, systemClock, systemRandom } from "@dingi/base";
import { startControlPlane } from "../control-plane/control-plane.ts";
import { readConfig } from "../config/cluster-config.ts";
import { clusterPaths } from "../config/paths.ts";
import { apiAddress, apiServiceAddress } from "../machine/addresses.ts";
import { endOnFailure, loggerTo, untilTerminated } from "./process.ts";

/** The first descriptor after the standard streams: a socket that listens for the nodes. */
const INHERITED_FD = 3;

export async function controlPlane(name: string): Promise<void> {
  const paths = clusterPaths(name);
  using file = new LogFile({ path: join(paths.log, "control-plane.log") });
  const logger = loggerTo(file.write, "control-plane");
  const onFailure = endOnFailure(logger);
  const signal = untilTerminated();
  const config = await readConfig(paths.config);
  if (!config) throw new Error(`There is no cluster "${name}"`);
  const { fabric, serviceCidr, clusterDomain, runtime } = config;
  const fabricAddress = apiAddress(fabric);
  const pki = await ensureClusterPki(paths.pki, {
    clock: systemClock,
    random: systemRandom,
    fabricAddress,
    hostName: hostname(),
    serviceAddress: apiServiceAddress(serviceCidr),
    clusterDomain,
  });
  await using running = await startControlPlane({
    config,
    pki,
    storeDirectory: paths.store,
    logger,
    onFailure,
    ...(runtime === "containerd" ? { fabricFd: INHERITED_FD } : {}),
  });
  logger.info("Control plane started", { readyMs: Math.round(running.readyMs) });
  await aborted(signal);
}
