import { join } from "node:path";
import { createInterface } from "node:readline";
import { setFlagsFromString } from "node:v8";
import { ensureClusterPki, LogFile } from "@dingi/component-base";
import { pkiOptionsOf } from "../config/pki-options.ts";
import { aborted, describeError } from "@dingi/base";
import { withWayBack } from "../config/store-loss.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import { readConfig } from "../config/cluster-config.ts";
import { clusterPaths } from "../config/paths.ts";
import { endOnFailure, keepCompiled, loggerTo, untilTerminated } from "./process.ts";

/** The first descriptor after the standard streams: a socket that listens for the nodes. */
const INHERITED_FD = 3;

/**
 * After how many calls V8 compiles a function with its best compiler; by default after 3000. Most functions of a control plane
 * are called once for a request: then several thousand requests of a kind would be answered by worse code. Once it has
 * started, that is: what only a start calls often is not worth it.
 */
const CALLS_BEFORE_BEST_CODE = 1000;

/** A line on its standard input says that there are other certificates in the files. */
export async function controlPlane(name: string): Promise<void> {
  const paths = clusterPaths(name);
  using file = new LogFile({ path: join(paths.log, "control-plane.log") });
  const logger = loggerTo(file.write, "control-plane");
  const onFailure = endOnFailure(logger);
  const signal = untilTerminated();
  const config = await readConfig(paths.config);
  if (!config) throw new Error(`There is no cluster "${name}"`);
  const readPki = () => ensureClusterPki(paths.pki, pkiOptionsOf(config));
  const pki = await readPki();
  await using running = await startControlPlane({
    config,
    pki,
    storeDirectory: paths.store,
    storeMark: paths.storeMark,
    logger,
    logDirectory: paths.log,
    encryptionFile: paths.encryption,
    onFailure,
    ...(config.runtime === "containerd" ? { fabricFd: INHERITED_FD } : {}),
  }).catch((error: unknown) => {
    const explained = withWayBack(error, name);
    logger.error("Control plane did not start", { error: describeError(explained) });
    throw explained;
  });
  setFlagsFromString(`--invocation-count-for-turbofan=${CALLS_BEFORE_BEST_CODE}`);
  keepCompiled();
  logger.info("Control plane started", { readyMs: Math.round(running.readyMs) });
  const lines = createInterface({ input: process.stdin }).on("line", () => {
    const renewed = readPki().then((next) => running.renew(next));
    renewed.then(() => logger.info("Certificates were renewed"), onFailure);
  });
  await aborted(signal);
  lines.close();
  process.stdin.destroy();
}
