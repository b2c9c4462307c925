import { resolve } from "node:path";
import type { RegistryMirror } from "../image/registry-mirror.ts";
import type { ClusterConfig, PartName, RuntimeName } from "./cluster-config.ts";
import type { EtcdOptions } from "./etcd-config.ts";

/** What the command line asked for; absent is what it left open. */
export interface AskedFor {
  readonly nodes?: number | undefined;
  readonly runtime?: RuntimeName | undefined;
  readonly store?: string | undefined;
  readonly etcd?: EtcdOptions | undefined;
  readonly flags?: Readonly<Record<string, string>> | undefined;
  readonly disabled?: readonly PartName[] | undefined;
  readonly registryMirrors?: readonly RegistryMirror[] | undefined;
}

const ANEW = "leave the option out, or make another cluster with --name";

interface Option {
  readonly name: string;
  readonly advice?: string;
  /** What the cluster has when something else is asked for. */
  readonly other: (config: ClusterConfig, asked: AskedFor) => string | undefined;
}

const OPTIONS: readonly Option[] = [
  {
    name: "--nodes",
    advice: "see dingi node add and dingi node remove",
    other: ({ nodes }, asked) => otherThan(asked.nodes, nodes.length),
  },
  { name: "--runtime", other: ({ runtime }, asked) => otherThan(asked.runtime, runtime) },
  { name: "--store", other: ({ store }, asked) => otherThan(asked.store, store) },
  {
    name: "--etcd-servers",
    other: ({ etcd }, asked) => otherThan(asked.etcd?.etcdServers, etcd?.servers.join() ?? ""),
  },
  { name: "--etcd-prefix", other: ({ etcd }, asked) => otherThan(asked.etcd?.etcdPrefix, etcd?.prefix ?? "") },
  { name: "--etcd-cafile", other: ({ etcd }, asked) => otherFile(asked.etcd?.etcdCafile, etcd?.caFile) },
  { name: "--etcd-certfile", other: ({ etcd }, asked) => otherFile(asked.etcd?.etcdCertfile, etcd?.certFile) },
  { name: "--etcd-keyfile", other: ({ etcd }, asked) => otherFile(asked.etcd?.etcdKeyfile, etcd?.keyFile) },
  { name: "--flag", other: ({ flags }, asked) => (isSubset(asked.flags ?? {}, flags) ? undefined : textOf(flags)) },
  {
    name: "--registry-mirror",
    other: ({ registryMirrors = [] }, asked) =>
      asked.registryMirrors && otherThan(JSON.stringify(asked.registryMirrors), JSON.stringify(registryMirrors)),
  },
  {
    name: "--disable",
    other: ({ disabled = [] }, asked) => otherThan(asked.disabled?.toSorted().join(), disabled.toSorted().join()),
  },
];

/** Throws when a cluster that exists is asked to be another: nothing of it would be done. */
export function requireSame(config: ClusterConfig, asked: AskedFor): void {
  for (const { name, advice = ANEW, other } of OPTIONS) {
    const has = other(config, asked);
    if (has !== undefined)
      throw new Error(`Cluster "${config.name}" exists with ${name} ${has}, which up does not change; ${advice}`);
  }
}

function otherThan(asked: string | number | undefined, has: string | number): string | undefined {
  return asked === undefined || asked === has ? undefined : String(has) || '""';
}

function otherFile(asked: string | undefined, has: string = ""): string | undefined {
  return asked === undefined ? undefined : otherThan(resolve(asked), has);
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
