import type { V1EndpointSlice, V1Service, V1ServicePort } from "@dingi/api";
import {
  CLUSTER_OFFSET,
  externalChain,
  externalLocalChain,
  hash,
  internalChain,
  sourcesChain,
  type Chains,
} from "./chain.ts";
import { endpointsOf, usableEndpoints, type Endpoint, type Place, type UsableEndpoints } from "./endpoint.ts";
import { clusterIpsOf, frontendsOf, isProxied, type Frontend } from "./frontend.ts";

/** What is the same for all services of a node. */
export interface Site extends Place {
  readonly nodeIp: string;
  /** The cluster's pod addresses. */
  readonly podCidr: string;
  /** Those of this node's pods. */
  readonly ownPods: string;
}

/** A frontend whose connections the kernel remembers although nobody closes them. */
export interface UdpFrontend {
  readonly address: string;
  readonly port: number;
  /** Addresses that still serve. */
  readonly serving: ReadonlySet<string>;
}

/** What one service needs in the table. */
export interface ServiceRules {
  /** Element ids, `<map> <key>`, to their values ("" in sets). */
  readonly elements: ReadonlyMap<string, string>;
  /** Addresses of pods of this node that may reach themselves through the service. */
  readonly hairpins: readonly string[];
  readonly chains: ReadonlyMap<string, readonly string[]>;
  readonly udp: readonly UdpFrontend[];
}

const PROTOCOLS = new Set(["TCP", "UDP", "SCTP"]);
const DEFAULT_AFFINITY_SECONDS = 10_800;
/** Never an index, and clear of the mark bits that CNI plugins and kubelets test. */
const SLOT_BIT = 0x20000000;
const SLOT_MASK = 0x1fff1fff;

interface Draft {
  readonly site: Site;
  readonly elements: Map<string, string>;
  readonly hairpins: Set<string>;
  readonly chains: Chains;
  readonly udp: UdpFrontend[];
}

interface PortRules {
  readonly service: V1Service;
  readonly protocol: string;
  readonly usable: UsableEndpoints;
  readonly affinitySeconds: number | undefined;
}

/** Undefined when the service is not for this proxy. Upstream: pkg/proxy/nftables/proxier.go#syncProxyRules */
export function compileService(
  service: V1Service,
  slices: readonly V1EndpointSlice[],
  site: Site,
): ServiceRules | undefined {
  if (!isProxied(service)) return undefined;
  const draft: Draft = { site, elements: new Map(), hairpins: new Set(), chains: new Map(), udp: [] };
  for (const address of clusterIpsOf(service)) draft.elements.set(`clusterips ${address}`, "");
  for (const port of service.spec.ports ?? []) {
    const selection = { name: port.name ?? "", protocol: port.protocol ?? "TCP" };
    if (PROTOCOLS.has(selection.protocol))
      compilePort(draft, { service, port, endpoints: endpointsOf(slices, selection, site.nodeName) });
  }
  return { ...draft, hairpins: [...draft.hairpins] };
}

function compilePort(
  draft: Draft,
  { service, port, endpoints }: { service: V1Service; port: V1ServicePort; endpoints: readonly Endpoint[] },
): void {
  const { protocol = "TCP" } = port;
  const usable = usableEndpoints(endpoints, draft.site);
  for (const { local, ip } of [...usable.cluster, ...usable.local]) if (local) draft.hairpins.add(ip);
  const rules: PortRules = { service, protocol: protocol.toLowerCase(), usable, affinitySeconds: affinityOf(service) };
  const serving = new Set(endpoints.filter((endpoint) => endpoint.serving).map(({ ip }) => ip));
  for (const frontend of frontendsOf(service, port, draft.site.nodeIp)) {
    compileFrontend(draft, frontend, rules);
    if (protocol === "UDP") draft.udp.push({ address: frontend.address, port: frontend.port, serving });
  }
}

function compileFrontend(draft: Draft, frontend: Frontend, rules: PortRules): void {
  const key = `${frontend.address} . ${rules.protocol} . ${frontend.port}`;
  if (draft.elements.has(`services ${key}`) || draft.elements.has(`refused ${key}`)) return;
  if (frontend.sourceRanges)
    draft.elements.set(`firewall ${key}`, `jump ${sourcesChain(draft.chains, frontend.sourceRanges)}`);
  const { cluster, local } = rules.usable;
  if (cluster.length + local.length === 0) {
    draft.elements.set(`refused ${key}`, "goto refuse");
    return;
  }
  draft.elements.set(`services ${key}`, verdict(draft, frontend, { ...rules, key }));
}

function verdict(draft: Draft, frontend: Frontend, rules: PortRules & { key: string }): string {
  const { service, usable, affinitySeconds, key } = rules;
  const { podCidr, ownPods } = draft.site;
  if (frontend.reach === "internal") {
    const targets = service.spec.internalTrafficPolicy === "Local" ? usable.local : usable.cluster;
    if (targets.length === 0) return "drop";
    addTargets(draft, rules, { key, targets, offset: 0 });
    return `goto ${internalChain(draft.chains, podCidr, { count: targets.length, affinitySeconds })}`;
  }
  if (service.spec.externalTrafficPolicy !== "Local") {
    if (usable.cluster.length === 0) return "drop";
    addTargets(draft, rules, { key, targets: usable.cluster, offset: 0 });
    return `goto ${externalChain(draft.chains, { count: usable.cluster.length, affinitySeconds })}`;
  }
  addTargets(draft, rules, { key, targets: usable.local, offset: 0 });
  addTargets(draft, rules, { key, targets: usable.cluster, offset: CLUSTER_OFFSET });
  return `goto ${externalLocalChain(draft.chains, ownPods, { local: usable.local.length, cluster: usable.cluster.length, affinitySeconds })}`;
}

function addTargets(
  draft: Draft,
  rules: PortRules,
  { key, targets, offset }: { key: string; targets: readonly Endpoint[]; offset: number },
): void {
  targets.forEach(({ ip, port }, index) => {
    draft.elements.set(`endpoints ${key} . ${index + offset}`, `${ip} . ${port}`);
    if (rules.affinitySeconds === undefined) return;
    const slot = slotFor(draft.elements, key, `${ip} . ${port}`);
    draft.elements.set(`slots ${key} . ${index + offset}`, String(slot));
    draft.elements.set(`endpoints ${key} . ${slot}`, `${ip} . ${port}`);
  });
}

/** The number by which clients remember an endpoint: derived from its address, so that it survives changes and reloads. */
function slotFor(elements: ReadonlyMap<string, string>, key: string, endpoint: string): number {
  for (let probe = 0; ; probe++) {
    const slot = SLOT_BIT | (hash(probe === 0 ? endpoint : `${endpoint}#${probe}`) & SLOT_MASK);
    const taken = elements.get(`endpoints ${key} . ${slot}`);
    if (taken === undefined || taken === endpoint) return slot;
  }
}

function affinityOf({ spec }: V1Service): number | undefined {
  if (spec.sessionAffinity !== "ClientIP") return undefined;
  return spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS;
}
