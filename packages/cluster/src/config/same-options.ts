import type { ClusterConfig, PartName, RuntimeName } from "./cluster-config.ts";

/** What the command line asked for; absent is what it left open. */
export interface AskedFor {
  readonly nodes?: number;
  readonly runtime?: RuntimeName;
  readonly store?: string;
  readonly flags?: Readonly<Record<string, string>>;
  readonly disabled?: readonly PartName[];
}

/** Throws when a cluster that exists is asked to be another: nothing of it would be done. */
export function requireSame(config: ClusterConfig, asked: AskedFor): void {
  const differs = (what: string, has: string, advice: string): never => {
    throw new Error(`Cluster "${config.name}" exists with ${what} ${has}, which up does not change; ${advice}`);
  };
  const { nodes, runtime, store, flags, disabled } = asked;
  const anew = "leave the option out, or make another cluster with --name";
  if (nodes !== undefined && nodes !== config.nodes.length)
    differs("--nodes", String(config.nodes.length), "see dingi node add and dingi node remove");
  if (runtime !== undefined && runtime !== config.runtime) differs("--runtime", config.runtime, anew);
  if (store !== undefined && store !== config.store) differs("--store", config.store, anew);
  if (flags && !isSubset(flags, config.flags)) differs("--flag", textOf(config.flags), anew);
  if (disabled && disabled.toSorted().join() !== (config.disabled ?? []).toSorted().join())
    differs("--disable", config.disabled?.join() ?? '""', anew);
}

function isSubset(some: Readonly<Record<string, string>>, all: Readonly<Record<string, string>>): boolean {
  return Object.entries(some).every(([name, value]) => all[name] === value);
}

function textOf(flags: Readonly<Record<string, string>>): string {
  return (
    Object.entries(flags)
      .map(([name, value]) => `${name}=${value}`)
      .join(" ") || '""'
  );
}
