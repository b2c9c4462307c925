import { EtcdClient, type EtcdClientOptions } from "./etcd-client.ts";
import { KeySpace } from "./key-space.ts";
import { DELETE_RANGE, RANGE, STATUS } from "./messages.ts";
import { requireSupported } from "./supported-version.ts";

export interface EtcdLocation extends EtcdClientOptions {
  readonly prefix: string;
}

/** Its version, and how many keys are below the prefix. Throws StoreUnavailableError when it does not answer, or is too old. */
export async function inspectEtcd(
  location: EtcdLocation,
): Promise<{ readonly version: string; readonly keys: number }> {
  await using client = await EtcdClient.open(location);
  const { version } = await client.read(STATUS, {});
  requireSupported(version);
  const { count } = await client.read(RANGE, { ...new KeySpace(location.prefix).all, countOnly: true });
  return { version, keys: count };
}

/** Deletes every key below the prefix; returns how many. */
export async function clearEtcd(location: EtcdLocation): Promise<number> {
  await using client = await EtcdClient.open(location);
  const { deleted } = await client.write(DELETE_RANGE, new KeySpace(location.prefix).all);
  return deleted;
}
