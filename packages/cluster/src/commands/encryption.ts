import { systemClock, systemRandom } from "@dingi/base";
import { readFileIfAny, writePrivateFile } from "@dingi/component-base";
import {
  formatEncryptionConfiguration,
  keysOfOwnConfiguration,
  withNewKey,
} from "../config/encryption-configuration.ts";
import { callSupervisor } from "../supervisor/control-socket.ts";
import { nameOption, openCluster } from "./context.ts";

const STEP_MS = 100;
const LONGEST_MS = 60_000;

/** A new key for what is secret in the store, with which everything is sealed anew; then the older one is forgotten. */
export async function rotateEncryptionKey(name: string): Promise<void> {
  const { paths, config } = await openCluster(name);
  if (config.store !== "sqlite" || config.flags?.["encryption-provider-config"])
    throw new Error(`Cluster "${name}" has no encryption key of dingi's: change its configuration as upstream's`);
  const found = await readFileIfAny(paths.encryption);
  if (found === undefined)
    throw new Error(`Cluster "${name}" has no encryption key yet: start it with dingi up${nameOption(name)}`);
  const keys = withNewKey(keysOfOwnConfiguration(found), systemRandom);
  await writePrivateFile(paths.encryption, formatEncryptionConfiguration(keys));
  if ((await callSupervisor(paths.socket, "POST /renew")) === undefined)
    return void process.stdout.write(`The next start of cluster "${name}" seals everything with ${keys[0]!.name}\n`);
  await untilForgotten(paths.encryption, name);
  process.stdout.write(`Everything is sealed with ${keys[0]!.name}\n`);
}

async function untilForgotten(file: string, name: string): Promise<void> {
  const end = systemClock.monotonic() + LONGEST_MS;
  while (keysOfOwnConfiguration((await readFileIfAny(file)) ?? "").length > 1) {
    if (systemClock.monotonic() > end)
      throw new Error(`Not everything is sealed anew yet; see dingi logs${nameOption(name)}, and run this again`);
    await systemClock.sleep(STEP_MS);
  }
}
