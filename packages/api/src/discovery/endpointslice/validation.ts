import {
  duplicate,
  FIELD_IMMUTABLE,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isQualifiedName,
  notSupported,
  parseIp,
  path,
  required,
  semanticEqual,
  tooMany,
  validateIp,
  validateLabels,
  validateLegacyIp,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateEndpointIp } from "../../core/endpoints/ip-validation.ts";
import type { DiscoveryV1EndpointPort, V1Endpoint, V1EndpointHints, V1EndpointSlice } from "./endpointslice.gen.ts";

const ADDRESS_TYPES = ["FQDN", "IPv4", "IPv6"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
const MAX_TOPOLOGY = 16;
const MAX_HINTS = 8;

/** Upstream: pkg/apis/discovery/validation/validation.go, and what its types declare, which comes last */
export function validateEndpointSlice(slice: V1EndpointSlice, old?: V1EndpointSlice): FieldError[] {
  const unchanged = old !== undefined && semanticEqual(slice.endpoints, old.endpoints);
  return [
    ...portsErrors(slice.ports ?? [], path("ports")),
    ...(unchanged ? [] : endpointsErrors(slice, path("endpoints"))),
    ...addressTypeErrors(slice.addressType, old?.addressType),
    ...addressCountErrors(slice.endpoints ?? []),
  ];
}

function addressTypeErrors(type: string, old: string | undefined): FieldError[] {
  const changed = old !== undefined && old !== type ? [invalid("addressType", null, FIELD_IMMUTABLE)] : [];
  if (!type) return [required("addressType"), ...changed];
  if (changed.length > 0) return changed;
  return ADDRESS_TYPES.includes(type) ? [] : [notSupported("addressType", type, ADDRESS_TYPES)];
}

function addressCountErrors(endpoints: readonly V1Endpoint[]): FieldError[] {
  return endpoints.flatMap(({ addresses }, i) => {
    const field = path("endpoints").index(i).child("addresses");
    if (!addresses?.length) return [required(field)];
    return addresses.length > MAX_ADDRESSES ? [tooMany(field, addresses.length, MAX_ADDRESSES)] : [];
  });
}

function portsErrors(ports: readonly DiscoveryV1EndpointPort[], field: FieldPath): FieldError[] {
  if (ports.length > MAX_PORTS) return [tooMany(field, ports.length, MAX_PORTS)];
  const names = new Set<string>();
  return ports.flatMap((port, i) => portErrors(port, names, field.index(i)));
}

function portErrors(
  { name = "", protocol, appProtocol }: DiscoveryV1EndpointPort,
  names: Set<string>,
  field: FieldPath,
): FieldError[] {
  const errors = name === "" ? [] : isDns1123Label(name).map((text) => invalid(field.child("name"), name, text));
  if (names.has(name)) errors.push(duplicate(field.child("name"), name));
  names.add(name);
  if (protocol === undefined) errors.push(required(field.child("protocol")));
  else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(field.child("protocol"), protocol, PROTOCOLS));
  if (appProtocol === undefined) return errors;
  return [
    ...errors,
    ...isQualifiedName(appProtocol).map((text) => invalid(field.child("appProtocol"), appProtocol, text)),
  ];
}

function endpointsErrors({ endpoints, addressType }: V1EndpointSlice, field: FieldPath): FieldError[] {
  const list = endpoints ?? [];
  if (list.length > MAX_ENDPOINTS) return [tooMany(field, list.length, MAX_ENDPOINTS)];
  return list.flatMap((endpoint, i) => endpointErrors(endpoint, addressType, field.index(i)));
}

function endpointErrors(endpoint: V1Endpoint, addressType: string, field: FieldPath): FieldError[] {
  const { addresses, nodeName, hostname, deprecatedTopology = {}, hints } = endpoint;
  const topology = field.child("deprecatedTopology");
  const count = Object.keys(deprecatedTopology).length;
  return [
    ...(addresses ?? []).flatMap((address, i) => addressErrors(address, i, addressType, field.child("addresses"))),
    ...(nodeName === undefined
      ? []
      : isDns1123Subdomain(nodeName).map((text) => invalid(field.child("nodeName"), nodeName, text))),
    ...(count > MAX_TOPOLOGY ? [tooMany(topology, count, MAX_TOPOLOGY)] : []),
    ...validateLabels(deprecatedTopology, topology),
    ...(hostname === undefined
      ? []
      : isDns1123Label(hostname).map((text) => invalid(field.child("hostname"), hostname, text))),
    ...(hints ? hintErrors(hints, field.child("hints")) : []),
  ];
}

function addressErrors(address: string, i: number, type: string, field: FieldPath): FieldError[] {
  const at = field.index(i);
  if (type === "FQDN") return domainNameErrors(address, at);
  if (type !== "IPv4" && type !== "IPv6") return [];
  const errors = type === "IPv4" ? validateLegacyIp(address, at) : validateIp(address, at);
  if (errors.length > 0) return errors;
  const wrong = parseIp(address)!.family === type ? [] : [invalid(field, address, `must be an ${type} address`)];
  return [...wrong, ...validateEndpointIp(address, at)];
}

/** Upstream: apimachinery/pkg/util/validation/validation.go#IsFullyQualifiedDomainName */
function domainNameErrors(text: string, field: FieldPath): FieldError[] {
  if (text === "") return [required(field)];
  const name = text.replace(/\.$/, "");
  const problems = isDns1123Subdomain(name);
  if (problems.length > 0) return [invalid(field, name, problems.join(","))];
  const labels = name.split(".");
  if (labels.length < 2)
    return [invalid(field, name, "should be a domain with at least two segments separated by dots")];
  return labels.flatMap((label) => {
    const texts = isDns1123Label(label);
    return texts.length === 0 ? [] : [invalid(field, label, texts.join(","))];
  });
}

function hintErrors({ forZones = [], forNodes = [] }: V1EndpointHints, field: FieldPath): FieldError[] {
  const zones = field.child("forZones");
  if (forZones.length > MAX_HINTS) return [tooMany(zones, forZones.length, MAX_HINTS)];
  const errors = hintNameErrors(forZones, isLabelValue, zones);
  const nodes = field.child("forNodes");
  if (forNodes.length > MAX_HINTS) return [...errors, tooMany(nodes, forNodes.length, MAX_HINTS)];
  return [...errors, ...hintNameErrors(forNodes, isDns1123Subdomain, nodes)];
}

function hintNameErrors(
  hints: readonly { name: string }[],
  check: (name: string) => string[],
  field: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return hints.flatMap(({ name }, i) => {
    const at = field.index(i).child("name");
    const errors = seen.has(name) ? [duplicate(at, name)] : [];
    seen.add(name);
    return [...errors, ...check(name).map((text) => invalid(at, name, text))];
  });
}
