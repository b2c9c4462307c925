import { readFileSync } from "node:fs";
import { clusterPaths, type ClusterPaths } from "../config/paths.ts";
import { readConfig, type ClusterConfig } from "../config/cluster-config.ts";

export const DEFAULT_NAME = "dingi";

/** What a command line needs to mean this cluster: " --name NAME", and nothing for the default one. */
export function nameOption(name: string): string {
  return name === DEFAULT_NAME ? "" : ` --name ${name}`;
}

/** The cluster that a command is about. Throws when there is none of that name. */
export async function openCluster(name: string): Promise<{ paths: ClusterPaths; config: ClusterConfig }> {
  const paths = clusterPaths(name);
  const config = await readConfig(paths.config);
  if (!config)
    throw new Error(`There is no cluster "${name}": make it with dingi up${nameOption(name)}, or see dingi list`);
  return { paths, config };
}

/** Whose kubeconfig is written: under sudo, the calling user's. */
export function callingUser(
  env: NodeJS.ProcessEnv = process.env,
  passwd: () => string = () => readFileSync("/etc/passwd", "utf8"),
): {
  readonly home: string | undefined;
  readonly owner?: { uid: number; gid: number };
} {
  const uid = Number(env["SUDO_UID"]);
  const gid = Number(env["SUDO_GID"]);
  if (!env["SUDO_USER"] || !Number.isInteger(uid) || uid === 0) return { home: env["HOME"] };
  return { home: homeIn(passwd(), uid) ?? `/home/${env["SUDO_USER"]}`, owner: { uid, gid } };
}

/** Undefined for users who stand elsewhere, as in a directory service. */
function homeIn(passwd: string, uid: number): string | undefined {
  const entry = passwd.split("\n").find((line) => line.split(":")[2] === String(uid));
  return entry?.split(":")[5];
}
