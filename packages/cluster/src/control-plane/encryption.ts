import { describeError, type Logger, type Random } from "@dingi/base";
import { readFileIfAny, writePrivateFile } from "@dingi/component-base";
import { EncryptedStore, type EncryptionRule, type Store } from "@dingi/store";
import type { ClusterConfig } from "../config/cluster-config.ts";
import {
  formatEncryptionConfiguration,
  keysOfOwnConfiguration,
  parseEncryptionConfiguration,
  withNewKey,
} from "../config/encryption-configuration.ts";

interface EncryptionOptions {
  readonly config: ClusterConfig;
  /** Where the cluster's own configuration is; it is made when it is missing and the store is the cluster's own. */
  readonly encryptionFile: string;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * What in the store is encrypted at rest, and how. Others may write to an etcd as well, with their keys: there it is
 * done only with a configuration that is given. Throws when the configuration cannot be used.
 */
export async function encryptionRules(options: EncryptionOptions): Promise<readonly EncryptionRule[] | undefined> {
  const text = await configurationOf(options);
  if (text === undefined) return undefined;
  try {
    return parseEncryptionConfiguration(text, options.random);
  } catch (cause) {
    throw new Error(`The encryption configuration "${fileOf(options)}" cannot be used: ${describeError(cause)}`, {
      cause,
    });
  }
}

const FLAG = "encryption-provider-config";

const fileOf = ({ config, encryptionFile }: Pick<EncryptionOptions, "config" | "encryptionFile">): string =>
  config.flags?.[FLAG] || encryptionFile;

async function configurationOf(options: EncryptionOptions): Promise<string | undefined> {
  const { config, random } = options;
  if (config.store === "memory") return undefined;
  const file = fileOf(options);
  const found = await readFileIfAny(file);
  if (found !== undefined) return found;
  if (config.flags?.[FLAG]) throw new Error(`There is no encryption configuration "${file}"`);
  if (config.store === "etcd") return undefined;
  const made = formatEncryptionConfiguration(withNewKey([], random));
  await writePrivateFile(file, made);
  return made;
}

/**
 * Seals anew what older keys have sealed, or none; then those keys of the cluster's own configuration have no use any more,
 * and are forgotten. Others' configurations stay as they are.
 */
export async function sealAnew(store: Store, options: EncryptionOptions, signal: AbortSignal): Promise<void> {
  const { config, encryptionFile, logger } = options;
  if (!(store instanceof EncryptedStore)) return;
  const count = await store.sealAnew(signal);
  if (count > 0) logger.info("Values were encrypted with the newest key", { count });
  if (config.flags?.[FLAG] || config.store === "etcd") return;
  const keys = keysOfOwnConfiguration((await readFileIfAny(encryptionFile)) ?? "");
  if (keys.length > 1) await writePrivateFile(encryptionFile, formatEncryptionConfiguration(keys.slice(0, 1)));
}
