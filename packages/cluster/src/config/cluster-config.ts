import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RegistryMirror } from "../image/registry-mirror.ts";
import type { EtcdConfig } from "./etcd-config.ts";
import { dingiHome } from "./paths.ts";

export const RUNTIMES = ["containerd", "simulated"] as const;
export type RuntimeName = (typeof RUNTIMES)[number];
export const STORES = ["sqlite", "memory", "etcd"] as const;
type StoreName = (typeof STORES)[number];

/** What a cluster is made of; kept in cluster.json. */
export interface ClusterConfig {
  readonly name: string;
  readonly runtime: RuntimeName;
  readonly store: StoreName;
  /** Where, for the store "etcd". */
  readonly etcd?: EtcdConfig;
  /** In order; a node's place decides its address and pod range for good. */
  readonly nodes: readonly NodeConfig[];
  readonly nextIndex: number;
  /** On the host's loopback. */
  readonly apiPort: number;
  /** A /24 for the nodes' links. */
  readonly fabric: string;
  /** A /16 for pods. */
  readonly pods: string;
  readonly serviceCidr: string;
  readonly clusterDomain: string;
  /** Flags of upstream's components, by their names without dashes in front. */
  readonly flags: Readonly<Record<string, string>>;
  /** Where nodes pull from instead of a registry. */
  readonly registryMirrors?: readonly RegistryMirror[];
  /** Parts that are not started, because others take their place. */
  readonly disabled?: readonly PartName[];
}

/** What can be left out of a cluster. */
export const PARTS = ["scheduler", "controller-manager", "kubelet", "proxy", "dns"] as const;
export type PartName = (typeof PARTS)[number];

export interface NodeConfig {
  readonly name: string;
  /** From 1. */
  readonly index: number;
}

/** The cluster's files belong to another user. */
export class ForeignClusterError extends Error {
  override name = "ForeignClusterError";

  constructor(path: string, options: ErrorOptions) {
    super(
      `"${path}" belongs to another user: run the same with sudo, or name a directory of yours by DINGI_HOME`,
      options,
    );
  }
}

export async function readConfig(path: string): Promise<ClusterConfig | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    if (error.code === "EACCES") throw new ForeignClusterError(path, { cause: error });
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as ClusterConfig);
}

export async function writeConfig(path: string, config: ClusterConfig): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  await writeFile(temporary, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, path);
}

/** All clusters of this user on this machine. */
export async function listConfigs(): Promise<ClusterConfig[]> {
  const root = join(dingiHome(), "clusters");
  const names = await readdir(root).catch(() => []);
  const configs = await Promise.all(names.map((name) => readConfig(join(root, name, "cluster.json"))));
  return configs.filter((config) => config !== undefined);
}

/** "dingi" for the default cluster, "dingi-NAME" for others. */
export function contextName(name: string): string {
  return name === "dingi" ? "dingi" : `dingi-${name}`;
}
