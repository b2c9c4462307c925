import { homedir } from "node:os";
import { join } from "node:path";

/** The embedded store's, in its directory. */
export const STORE_FILE = "state.db";

/** Where everything of one cluster lies. */
export interface ClusterPaths {
  readonly name: string;
  /** DINGI_HOME/clusters/NAME */
  readonly home: string;
  readonly config: string;
  readonly pki: string;
  /** Which keys what is secret in the store is encrypted with. */
  readonly encryption: string;
  readonly store: string;
  /** What the store acknowledged: beside its directory, so that it outlives that. */
  readonly storeMark: string;
  readonly kubeconfig: string;
  readonly log: string;
  /** Base images, made once for all clusters. */
  readonly cache: string;
  /** /run/dingi/NAME: sockets, pids, locks; gone after a reboot. */
  readonly run: string;
  readonly socket: string;
  /** The processes that the supervisor started. */
  readonly parts: string;
  /** The supervisor's own process. */
  readonly supervisor: string;
}

/** DINGI_HOME; else /var/lib/dingi for root, and the user's data directory for others. */
export function dingiHome(env: NodeJS.ProcessEnv = process.env, uid: number = process.getuid?.() ?? 0): string {
  if (env["DINGI_HOME"]) return env["DINGI_HOME"];
  if (uid === 0) return "/var/lib/dingi";
  return join(env["XDG_DATA_HOME"] || join(homedir(), ".local", "share"), "dingi");
}

function runRoot(env: NodeJS.ProcessEnv, uid: number): string {
  if (uid === 0) return "/run/dingi";
  return join(env["XDG_RUNTIME_DIR"] || join(dingiHome(env, uid), "run"), "dingi");
}

const NAME = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;

/** Throws when the name cannot be part of host names, paths and links. */
export function clusterPaths(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
  uid: number = process.getuid?.() ?? 0,
): ClusterPaths {
  if (!NAME.test(name))
    throw new Error(
      `"${name}" is not a cluster's name: use up to 40 lower-case letters, digits and dashes, with no dash at either end`,
    );
  const home = join(dingiHome(env, uid), "clusters", name);
  const run = join(runRoot(env, uid), name);
  return {
    name,
    home,
    config: join(home, "cluster.json"),
    pki: join(home, "pki"),
    encryption: join(home, "pki", "encryption.yml"),
    store: join(home, "store"),
    storeMark: join(home, "store.mark"),
    kubeconfig: join(home, "kubeconfig"),
    log: join(home, "log"),
    cache: join(dingiHome(env, uid), "cache"),
    run,
    socket: join(run, "supervisor.sock"),
    parts: join(run, "parts.json"),
    supervisor: join(run, "supervisor.json"),
  };
}
