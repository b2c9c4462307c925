import { resolve } from "node:path";
import { describeError, systemClock } from "@dingi/base";
import type { EtcdLocation } from "@dingi/store";

/** The etcd that a cluster's state is kept in; someone else runs it. */
export interface EtcdConfig {
  readonly servers: readonly string[];
  /** Of the cluster's keys. */
  readonly prefix: string;
  /** Absolute paths of PEM files. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** As the command line gives them, by upstream's names. */
export interface EtcdOptions {
  /** Separated by commas. */
  readonly etcdServers?: string;
  readonly etcdPrefix?: string;
  readonly etcdCafile?: string;
  readonly etcdCertfile?: string;
  readonly etcdKeyfile?: string;
}

/** Throws when something is missing or malformed. */
export async function parseEtcdOptions(options: EtcdOptions): Promise<EtcdConfig> {
  const { normalEtcdPrefix, parseEtcdServer, requireWholeEtcdPair } = await import("@dingi/store");
  const { etcdServers = "", etcdPrefix = "/registry", etcdCafile, etcdCertfile, etcdKeyfile } = options;
  const servers = etcdServers.split(",").filter((server) => server !== "");
  if (servers.length === 0)
    throw new Error("--store etcd needs to know where etcd is: give --etcd-servers, such as https://10.0.0.1:2379");
  for (const server of servers) parseEtcdServer(server);
  const files = {
    ...(etcdCafile !== undefined && { caFile: resolve(etcdCafile) }),
    ...(etcdCertfile !== undefined && { certFile: resolve(etcdCertfile) }),
    ...(etcdKeyfile !== undefined && { keyFile: resolve(etcdKeyfile) }),
  };
  requireWholeEtcdPair(files);
  return { servers, prefix: normalEtcdPrefix(etcdPrefix), ...files };
}

export function hasEtcdOptions(options: EtcdOptions): boolean {
  const { etcdServers, etcdPrefix, etcdCafile, etcdCertfile, etcdKeyfile } = options;
  return [etcdServers, etcdPrefix, etcdCafile, etcdCertfile, etcdKeyfile].some((option) => option !== undefined);
}

export function etcdLocation(config: EtcdConfig): EtcdLocation {
  return { ...config, clock: systemClock };
}

/** "https://10.0.0.1:2379 under /registry" */
export function describeEtcd({ servers, prefix }: EtcdConfig): string {
  return `${servers.join(", ")} under ${prefix}`;
}

/** Throws, saying what to do, when etcd does not answer, or holds what a new cluster would take for its own. */
export async function requireEtcd(config: EtcdConfig, { isNew }: { readonly isNew: boolean }): Promise<void> {
  const { inspectEtcd } = await import("@dingi/store");
  const { keys } = await inspectEtcd(etcdLocation(config));
  if (!isNew || keys === 0) return;
  throw new Error(
    `The etcd at ${describeEtcd(config)} holds ${keys} keys already, perhaps another cluster's: ` +
      `choose another --etcd-prefix, or remove them by ${removal(config)}`,
  );
}

/** Removes a cluster's keys; returns what to tell when etcd does not answer. */
export async function emptyEtcd(config: EtcdConfig): Promise<string | undefined> {
  try {
    const { clearEtcd } = await import("@dingi/store");
    await clearEtcd(etcdLocation(config));
    return undefined;
  } catch (error) {
    return `Its keys are left in the etcd at ${describeEtcd(config)}, because it could not be asked: ${describeError(error)}. Remove them by ${removal(config)}`;
  }
}

function removal({ servers, prefix }: EtcdConfig): string {
  return `"etcdctl --endpoints ${servers.join(",")} del --prefix ${prefix}/"`;
}
