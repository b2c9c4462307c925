import { chown } from "node:fs/promises";
import { homedir } from "node:os";
import {
  buildKubeconfig,
  kubeconfigPaths,
  kubeconfigPathToWrite,
  mergeIntoKubeconfig,
  removeFromKubeconfig,
  trustedOf,
  writePrivateFile,
  type KubeconfigEntry,
} from "@dingi/component-base";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@dingi/base";
import { contextName, type ClusterConfig } from "../config/cluster-config.ts";
import type { ClusterPaths } from "../config/paths.ts";
import { callingUser } from "./context.ts";

async function entryOf(paths: ClusterPaths, config: ClusterConfig): Promise<KubeconfigEntry> {
  const read = (file: string) => readFile(join(paths.pki, file), "utf8");
  const [certificateAuthorityPem, certificatePem, keyPem] = await Promise.all([
    trustedOf(paths.pki, "ca"),
    read("admin.crt"),
    read("admin.key"),
  ]);
  return {
    name: contextName(config.name),
    server: `https://127.0.0.1:${config.apiPort}`,
    certificateAuthorityPem,
    credentials: { certificatePem, keyPem },
  };
}

/** The cluster's own kubeconfig, and a context in the user's. */
export async function writeKubeconfigs(paths: ClusterPaths, config: ClusterConfig): Promise<void> {
  const entry = await entryOf(paths, config);
  const { home, owner } = callingUser();
  await writePrivateFile(paths.kubeconfig, buildKubeconfig(entry));
  if (owner) await chown(paths.kubeconfig, owner.uid, owner.gid);
  const path = await userKubeconfig(home);
  await mergeIntoKubeconfig(entry, { path, clock: systemClock, ...(owner ? { owner } : {}) });
}

export async function removeContext(config: ClusterConfig): Promise<void> {
  const path = await userKubeconfig(callingUser().home);
  await removeFromKubeconfig(contextName(config.name), { path, clock: systemClock });
}

async function userKubeconfig(home: string | undefined): Promise<string> {
  return await kubeconfigPathToWrite(
    kubeconfigPaths({ kubeconfig: process.env["KUBECONFIG"], home: home ?? homedir() }),
  );
}
