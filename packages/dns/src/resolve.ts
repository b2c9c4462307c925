import { isIP, isIPv4 } from "node:net";
import { RCODE, TYPE, type Question, type Rcode, type ResourceRecord } from "./message.ts";
import type { EndpointRecord, PortRecord, Records, ServiceRecord } from "./records.ts";

export type Resolution =
  | {
      readonly kind: "answer";
      readonly rcode: Rcode;
      readonly answers: readonly ResourceRecord[];
      readonly authorities: readonly ResourceRecord[];
      readonly additionals: readonly ResourceRecord[];
    }
  /** The answer begins here and goes on, outside the cluster, with the addresses of `target`. */
  | { readonly kind: "chase"; readonly alias: ResourceRecord; readonly target: string }
  /** Not the cluster's business. */
  | { readonly kind: "forward" };

const TTL = 30;
const VERSION_TTL = 28_800;
const SCHEMA_VERSION = "1.1.0";
const DNS_SERVICE = { namespace: "kube-system", name: "kube-dns" };
const MAX_ALIASES = 8;

/** A name's meaning: its records, or undefined when there is no such name. */
type Found = readonly Target[] | undefined;

interface Target {
  /** The name that stands for exactly this address. */
  readonly name: string;
  readonly address?: string;
  readonly port?: number;
  readonly alias?: string;
}

/** Answers a question of class IN. Upstream: coredns plugin/kubernetes, with `pods insecure` */
export function resolve(question: Question, records: Records): Resolution {
  const { zone } = records;
  const name = question.name.toLowerCase();
  const reversed = addressOfReverse(name);
  if (reversed !== undefined) return resolveReverse(question, reversed, records);
  if (name !== zone && !name.endsWith(`.${zone}`)) return { kind: "forward" };
  const labels = name === zone ? [] : name.slice(0, -zone.length - 1).split(".");
  if (labels.length === 1 && labels[0] === "dns-version") return version(question, records);
  if (labels.length === 0) return apex(question, records);
  return answerOf(question, lookup(labels, records), records);
}

function lookup(labels: readonly string[], records: Records): Found {
  if (labels.join(".") === "ns.dns") return dnsAddresses(records);
  const root = labels.at(-1);
  if (root !== "svc" && root !== "pod") return undefined;
  const namespace = labels.at(-2);
  if (namespace === undefined) return [];
  const name = labels.at(-3);
  if (name === undefined) return records.hasNamespace(namespace) ? [] : undefined;
  const rest = labels.slice(0, -3);
  if (root === "svc") return lookupService(records.service(namespace, name), rest, records);
  return rest.length === 0 ? lookupPod(name, namespace, records) : undefined;
}

function lookupPod(name: string, namespace: string, records: Records): Found {
  const dashes = name.split("-").length - 1;
  const address = name.replaceAll("-", dashes === 3 && !name.includes("--") ? "." : ":");
  if (isIP(address) === 0 || !records.hasNamespace(namespace)) return undefined;
  return [{ name: `${name}.${namespace}.pod.${records.zone}`, address }];
}

function lookupService(service: ServiceRecord | undefined, rest: readonly string[], { zone }: Records): Found {
  if (!service || rest.length > 2) return undefined;
  const own = `${service.name}.${service.namespace}.svc.${zone}`;
  const [first, second] = rest;
  const hostname = rest.length === 1 ? first : undefined;
  if (service.externalName !== undefined) {
    // An address is no name to point to.
    if (hostname !== undefined || isIP(service.externalName) !== 0) return undefined;
    return [{ name: own, alias: service.externalName }];
  }
  const wanted =
    second === undefined ? undefined : { port: first!.replace(/^_/, ""), protocol: second.replace(/^_/, "") };
  const matches = (port: PortRecord) =>
    !wanted || (port.name.toLowerCase() === wanted.port && port.protocol === wanted.protocol);
  if (service.headless || hostname !== undefined)
    return nonEmpty(endpointTargets(service, own, { hostname, matches, needsPort: wanted !== undefined }));
  return nonEmpty(
    service.ports
      .filter(matches)
      .flatMap(({ port }) => service.clusterIps.map((address) => ({ name: own, address, port }))),
  );
}

interface Wanted {
  readonly hostname: string | undefined;
  readonly needsPort: boolean;
  readonly matches: (port: PortRecord) => boolean;
}

function endpointTargets(service: ServiceRecord, own: string, { hostname, needsPort, matches }: Wanted): Target[] {
  const targets: Target[] = [];
  for (const endpoint of service.endpoints) {
    if (hostname !== undefined && endpoint.hostname !== hostname) continue;
    const { address } = endpoint;
    const name = endpointName(endpoint, own);
    if (endpoint.ports.length === 0 && !needsPort) targets.push({ name, address });
    for (const port of endpoint.ports) if (matches(port)) targets.push({ name, address, port: port.port });
  }
  return targets;
}

function endpointName({ hostname }: EndpointRecord, own: string): string {
  return `${hostname}.${own}`;
}

function nonEmpty(targets: readonly Target[]): Found {
  return targets.length > 0 ? targets : undefined;
}

function dnsAddresses(records: Records): Target[] {
  const service = records.service(DNS_SERVICE.namespace, DNS_SERVICE.name);
  const name = `${DNS_SERVICE.name}.${DNS_SERVICE.namespace}.svc.${records.zone}`;
  return (service?.clusterIps ?? []).map((address) => ({ name, address }));
}

function answerOf(question: Question, found: Found, records: Records): Resolution {
  if (!found) return noData(RCODE.NXDOMAIN, records);
  const alias = found.find((target) => target.alias !== undefined);
  if (alias?.alias !== undefined) return answerAlias(question, alias.alias, records);
  if (question.type === TYPE.A || question.type === TYPE.AAAA)
    return answered(addresses(question.name, found, question.type), records);
  if (question.type === TYPE.SRV) return services(question, found, records);
  return noData(RCODE.NOERROR, records);
}

function addresses(name: string, targets: readonly Target[], type: number): ResourceRecord[] {
  const wanted = new Set(
    targets.flatMap(({ address }) => (address !== undefined && isIPv4(address) === (type === TYPE.A) ? [address] : [])),
  );
  return [...wanted].map((address) => ({ name, ttl: TTL, type: type === TYPE.A ? "A" : "AAAA", address }));
}

function services(question: Question, found: readonly Target[], records: Records): Resolution {
  const targets = new Map<string, Target>();
  for (const target of found) if (target.port !== undefined) targets.set(`${target.name}:${target.port}`, target);
  const weight = Math.floor(100 / Math.max(1, targets.size));
  const answers = [...targets.values()].map((target): ResourceRecord => ({
    name: question.name,
    ttl: TTL,
    type: "SRV",
    priority: 0,
    weight: Math.max(1, weight),
    port: target.port!,
    target: target.name,
  }));
  const named = new Map(found.map((target) => [`${target.name} ${target.address}`, target]));
  const additionals = [...named.values()].flatMap((target) => [
    ...addresses(target.name, [target], TYPE.A),
    ...addresses(target.name, [target], TYPE.AAAA),
  ]);
  return answered(answers, records, additionals);
}

/** Within the cluster the alias is followed here; a loop of aliases ends with what was found so far. */
function answerAlias(question: Question, target: string, records: Records): Resolution {
  const alias: ResourceRecord = { name: question.name, ttl: TTL, type: "CNAME", target };
  if (question.type === TYPE.CNAME) return answered([alias], records);
  if (question.type !== TYPE.A && question.type !== TYPE.AAAA) return noData(RCODE.NOERROR, records);
  const { zone } = records;
  const chain = [alias];
  for (let name = target.toLowerCase(); chain.length < MAX_ALIASES;) {
    if (!name.endsWith(`.${zone}`)) {
      return chain.length === 1 ? { kind: "chase", alias, target } : answered(chain, records);
    }
    const found = lookup(name.slice(0, -zone.length - 1).split("."), records) ?? [];
    const next = found.find((each) => each.alias !== undefined)?.alias;
    if (next === undefined) return answered([...chain, ...addresses(name, found, question.type)], records);
    chain.push({ name, ttl: TTL, type: "CNAME", target: next });
    name = next.toLowerCase();
  }
  return answered(chain, records);
}

function resolveReverse(question: Question, address: string, records: Records): Resolution {
  const { zone } = records;
  const targets = new Set<string>();
  const service = records.serviceAt(address);
  if (service) targets.add(`${service.name}.${service.namespace}.svc.${zone}`);
  else {
    for (const record of records.endpointsAt(address)) {
      const endpoint = record.endpoints.find((each) => each.address === address);
      if (endpoint) targets.add(endpointName(endpoint, `${record.name}.${record.namespace}.svc.${zone}`));
    }
  }
  if (targets.size === 0) return { kind: "forward" };
  if (question.type !== TYPE.PTR) return noData(RCODE.NOERROR, records);
  return answered(
    [...targets].map((target) => ({ name: question.name, ttl: TTL, type: "PTR", target })),
    records,
  );
}

/** `4.3.2.1.in-addr.arpa` and the nibbles of `ip6.arpa`; undefined for any other name. */
export function addressOfReverse(name: string): string | undefined {
  if (name.endsWith(".in-addr.arpa")) {
    const address = name.slice(0, -".in-addr.arpa".length).split(".").reverse().join(".");
    return isIPv4(address) ? address : undefined;
  }
  if (!name.endsWith(".ip6.arpa")) return undefined;
  const nibbles = name.slice(0, -".ip6.arpa".length).split(".").reverse();
  if (nibbles.length !== 32 || nibbles.some((nibble) => !/^[0-9a-f]$/.test(nibble))) return undefined;
  const groups = nibbles.join("").match(/.{4}/g) ?? [];
  // The URL parser gives the canonical short form.
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

function version(question: Question, records: Records): Resolution {
  if (question.type !== TYPE.TXT) return noData(RCODE.NOERROR, records);
  return answered([{ name: question.name, ttl: VERSION_TTL, type: "TXT", text: SCHEMA_VERSION }], records);
}

function apex(question: Question, records: Records): Resolution {
  if (question.type === TYPE.SOA) return answered([soa(records)], records);
  const [server] = dnsAddresses(records);
  if (question.type !== TYPE.NS || !server) return noData(RCODE.NOERROR, records);
  return answered(
    [{ name: question.name, ttl: TTL, type: "NS", target: server.name }],
    records,
    addresses(server.name, [server], TYPE.A),
  );
}

function answered(
  answers: readonly ResourceRecord[],
  records: Records,
  additionals: readonly ResourceRecord[] = [],
): Resolution {
  if (answers.length === 0) return noData(RCODE.NOERROR, records);
  return { kind: "answer", rcode: RCODE.NOERROR, answers, authorities: [], additionals };
}

/** The authority record tells for how long nothing may be taken for granted. */
function noData(rcode: Rcode, records: Records): Resolution {
  return { kind: "answer", rcode, answers: [], authorities: [soa(records)], additionals: [] };
}

function soa({ serial, zone }: Records): ResourceRecord {
  return {
    name: zone,
    ttl: TTL,
    type: "SOA",
    mname: `ns.dns.${zone}`,
    rname: `hostmaster.${zone}`,
    serial,
    minimum: TTL,
  };
}
