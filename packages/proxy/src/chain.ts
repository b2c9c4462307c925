/**
 * Chains that serve every service of the same shape, named by that shape: `p3` picks one of three endpoints.
 * What differs between services lies in map elements, so a chain, once made, never changes.
 */
export type Chains = Map<string, readonly string[]>;

/** The mark bit, on the connection, of what must be masqueraded. */
export const MASQUERADE_BIT = "0x4000";
/**
 * Endpoints for cluster-wide traffic of a service that keeps outside traffic local begin at this index.
 * Differs: not at a round 0x8000, because the CNI plugin portmap and kubelets test the mark bits 0x2000 to 0x8000.
 */
export const CLUSTER_OFFSET = 0x100000;

const KEY = "ip daddr . meta l4proto . th dport";
const CLIENT = `ip saddr . ${KEY}`;

interface Picking {
  readonly count: number;
  readonly offset?: number;
  /** Keeps a client at the endpoint it had, for this long since its last connection. */
  readonly affinitySeconds?: number | undefined;
}

/** Chooses among `count` endpoints. Returns the chain's name. */
function pickChain(chains: Chains, { count, offset = 0, affinitySeconds }: Picking): string {
  const name = `p${count}${offset ? "_o" : ""}${affinitySuffix(affinitySeconds)}`;
  const choose = `meta mark set numgen random mod ${count}${offset ? ` offset ${offset}` : ""}`;
  chains.set(name, affinitySeconds === undefined ? [choose, "goto do"] : sticky(choose, affinitySeconds));
  return name;
}

/**
 * A remembered slot whose endpoint is gone misses in @endpoints, so that `exact` returns; it is forgotten before
 * another is chosen, because the kernel's update only prolongs an element that exists.
 */
function sticky(choose: string, seconds: number): string[] {
  const remember = `update @affinity { ${CLIENT} timeout ${seconds}s : meta mark }`;
  return [
    `meta mark set ${CLIENT} map @affinity ${remember} jump exact`,
    `delete @affinity { ${CLIENT} : meta mark }`,
    choose,
    `meta mark set ${KEY} . meta mark map @slots`,
    remember,
    "goto do",
  ];
}

/** Cluster IPs: what comes from outside the pod network must come back through this node. */
export function internalChain(chains: Chains, podCidr: string, picking: Picking): string {
  const pick = pickChain(chains, picking);
  const name = `c${pick.slice(1)}`;
  chains.set(name, [`ip saddr != ${podCidr} jump masq`, `goto ${pick}`]);
  return name;
}

/** External addresses of a service whose traffic may cross nodes. */
export function externalChain(chains: Chains, picking: Picking): string {
  const pick = pickChain(chains, picking);
  const name = `e${pick.slice(1)}`;
  chains.set(name, ["jump masq", `goto ${pick}`]);
  return name;
}

/**
 * External addresses of a service that keeps outside traffic, with its source address, on the node; the node itself and
 * its own pods are inside and may go anywhere. Another node's pod is not: an answer from a third node would go to it
 * straight, from an address that it has not asked. Upstream: pkg/proxy/nftables/proxier.go#syncProxyRules (ExternalPolicyLocal)
 */
export function externalLocalChain(
  chains: Chains,
  ownPods: string,
  counts: { local: number; cluster: number; affinitySeconds: number | undefined },
): string {
  const { local, cluster, affinitySeconds } = counts;
  const anywhere = pickChain(chains, { count: cluster, offset: CLUSTER_OFFSET, affinitySeconds });
  const name = `l${local}_${cluster}${affinitySuffix(affinitySeconds)}`;
  const here = local > 0 ? `goto ${pickChain(chains, { count: local, affinitySeconds })}` : "drop";
  chains.set(name, [
    `ip saddr ${ownPods} goto ${anywhere}`,
    "fib saddr type local jump masq",
    `fib saddr type local goto ${anywhere}`,
    here,
  ]);
  return name;
}

/** Lets only these sources through. */
export function sourcesChain(chains: Chains, ranges: readonly string[]): string {
  const sorted = [...new Set(ranges)].sort();
  const name = `s_${sorted.join("_").replaceAll(/[./]/g, "x") || "none"}`;
  const short = name.length <= 60 ? name : `s_${hash(name).toString(36)}_${sorted.length}`;
  chains.set(short, [...sorted.map((range) => `ip saddr ${range} return`), "drop"]);
  return short;
}

function affinitySuffix(seconds: number | undefined): string {
  return seconds === undefined ? "" : `_a${seconds}`;
}

/** FNV-1a, 32 bits. */
export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
