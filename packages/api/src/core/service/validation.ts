import {
  duplicate,
  forbidden,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  isQualifiedName,
  isValidPortName,
  isValidPortNum,
  notSupported,
  path,
  required,
  validateLabels,
  validateLegacyCidr,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { isExternallyAccessible, needsHealthCheckNodePort } from "./allocation.ts";
import { isHeadless } from "./cluster-ip.ts";
import { validateClusterIps, validateExternalIps } from "./cluster-ip-validation.ts";
import type { V1Service, V1ServicePort, V1SessionAffinityConfig } from "./service.gen.ts";

const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const AFFINITIES = ["ClientIP", "None"];
const TRAFFIC_POLICIES = ["Cluster", "Local"];
const DISTRIBUTIONS = ["PreferClose", "PreferSameZone", "PreferSameNode"];
const MAX_AFFINITY_SECONDS = 86_400;
const HINTS = "service.kubernetes.io/topology-aware-hints";
const MODE = "service.kubernetes.io/topology-mode";
const SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges";
const ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'";

/** Upstream: pkg/apis/core/validation/validation.go#validateService */
export function validateService(service: V1Service, old?: V1Service): FieldError[] {
  const { spec } = service;
  const field = path("spec");
  return [
    ...topologyErrors(service),
    ...typeErrors(service, field),
    ...portsErrors(service, field.child("ports")),
    ...validateLabels(spec.selector, field.child("selector")),
    ...affinityErrors(service, field),
    ...validateClusterIps(service, old),
    ...validateExternalIps(service, old),
    ...enumErrors(spec.type, TYPES, field.child("type")),
    ...nodePortErrors(service, field.child("ports")),
    ...samePortErrors(service, field.child("ports")),
    ...sourceRangeErrors(service, old),
    ...loadBalancerErrors(service, field),
    ...trafficErrors(service, field),
  ];
}

function topologyErrors({ metadata: { annotations = {} } }: V1Service): FieldError[] {
  if (
    !Object.hasOwn(annotations, HINTS) ||
    !Object.hasOwn(annotations, MODE) ||
    annotations[MODE] === annotations[HINTS]
  )
    return [];
  const text = `must match annotations[${HINTS}] when both are specified`;
  return [invalid(path("metadata", "annotations").key(MODE), annotations[MODE], text)];
}

function typeErrors(service: V1Service, field: FieldPath): FieldError[] {
  const { type, ports } = service.spec;
  const headless = isHeadless(service);
  const errors = !ports?.length && !headless && type !== "ExternalName" ? [required(field.child("ports"))] : [];
  if ((type === "LoadBalancer" || type === "NodePort") && headless) {
    errors.push(invalid(field.child("clusterIPs").index(0), "None", `may not be set to 'None' for ${type} services`));
  }
  return type === "ExternalName" ? [...errors, ...externalNameErrors(service, field)] : errors;
}

function externalNameErrors({ spec }: V1Service, field: FieldPath): FieldError[] {
  const unfit = (["clusterIPs", "ipFamilies"] as const).filter((name) => spec[name]?.length);
  const errors = [...unfit, ...(spec.ipFamilyPolicy === undefined ? [] : ["ipFamilyPolicy"])].map((name) =>
    forbidden(field.child(name), "may not be set for ExternalName services"),
  );
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  const at = field.child("externalName");
  if (name === "") return [...errors, required(at)];
  return [...errors, ...isDns1123Subdomain(name).map((text) => invalid(at, name, text))];
}

function portsErrors({ spec }: V1Service, field: FieldPath): FieldError[] {
  const ports = spec.ports ?? [];
  const names = new Set<string>();
  return ports.flatMap((port, i) => portErrors(port, ports.length > 1, names, field.index(i)));
}

function portErrors(port: V1ServicePort, nameRequired: boolean, names: Set<string>, field: FieldPath): FieldError[] {
  return [
    ...portNameErrors(port.name ?? "", nameRequired, names, field.child("name")),
    ...isValidPortNum(port.port).map((text) => invalid(field.child("port"), port.port, text)),
    ...enumErrors(port.protocol, PROTOCOLS, field.child("protocol")),
    ...validatePortOrName(port.targetPort ?? 0, field.child("targetPort")),
    ...(port.appProtocol === undefined ? [] : qualifiedNameErrors(port.appProtocol, field.child("appProtocol"))),
  ];
}

function portNameErrors(name: string, nameRequired: boolean, names: Set<string>, field: FieldPath): FieldError[] {
  if (name === "") return nameRequired ? [required(field)] : [];
  const errors = isDns1123Label(name).map((text) => invalid(field, name, text));
  if (names.has(name)) errors.push(duplicate(field, name));
  names.add(name);
  return errors;
}

const qualifiedNameErrors = (name: string, field: FieldPath): FieldError[] =>
  isQualifiedName(name).map((text) => invalid(field, name, text));

/** Upstream: …/validation.go#ValidatePortNumOrName */
function validatePortOrName(port: number | string, field: FieldPath): FieldError[] {
  const errors = typeof port === "number" ? isValidPortNum(port) : isValidPortName(port);
  return errors.map((text) => invalid(field, port, text));
}

function enumErrors(value: string | undefined, values: readonly string[], field: FieldPath): FieldError[] {
  if (!value) return [required(field)];
  return values.includes(value) ? [] : [notSupported(field, value, values)];
}

function affinityErrors({ spec }: V1Service, field: FieldPath): FieldError[] {
  const errors = enumErrors(spec.sessionAffinity, AFFINITIES, field.child("sessionAffinity"));
  const at = field.child("sessionAffinityConfig");
  if (spec.sessionAffinity === "ClientIP") return [...errors, ...affinityConfigErrors(spec.sessionAffinityConfig, at)];
  if (spec.sessionAffinity !== "None" || !spec.sessionAffinityConfig) return errors;
  return [...errors, forbidden(at, "must not be set when session affinity is None")];
}

function affinityConfigErrors(config: V1SessionAffinityConfig | undefined, field: FieldPath): FieldError[] {
  const text = "when session affinity type is ClientIP";
  if (!config) return [required(field, text)];
  if (!config.clientIP) return [required(field.child("clientIP"), text)];
  const { timeoutSeconds } = config.clientIP;
  const at = field.child("clientIP", "timeoutSeconds");
  if (timeoutSeconds === undefined) return [required(at, text)];
  if (timeoutSeconds > 0 && timeoutSeconds <= MAX_AFFINITY_SECONDS) return [];
  return [invalid(at, timeoutSeconds, `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`)];
}

function nodePortErrors({ spec }: V1Service, field: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const ports = (spec.ports ?? [])
    .map((port, i) => ({ ...port, at: field.index(i).child("nodePort") }))
    .filter((port) => port.nodePort);
  if (spec.type === "ClusterIP") {
    errors.push(...ports.map(({ at }) => forbidden(at, "may not be used when `type` is 'ClusterIP'")));
  }
  const seen = new Set<string>();
  for (const { protocol, nodePort, at } of ports) {
    const key = `${protocol} ${nodePort}`;
    if (seen.has(key)) errors.push(duplicate(at, nodePort));
    seen.add(key);
  }
  return errors;
}

function samePortErrors({ spec }: V1Service, field: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return (spec.ports ?? []).flatMap(({ protocol, port }, i) => {
    const key = `${protocol} ${port}`;
    const before = seen.has(key);
    seen.add(key);
    return before ? [duplicate(field.index(i), goServicePort(protocol ?? "", port))] : [];
  });
}

/** As Go prints a port that has only these two set. */
const goServicePort = (protocol: string, port: number): unknown => ({
  Name: "",
  Protocol: protocol,
  AppProtocol: null,
  Port: port,
  TargetPort: 0,
  NodePort: 0,
});

function sourceRangeErrors({ metadata, spec }: V1Service, old: V1Service | undefined): FieldError[] {
  const annotation = metadata.annotations?.[SOURCE_RANGES];
  const wrongType = (field: FieldPath): FieldError[] =>
    spec.type === "LoadBalancer" ? [] : [forbidden(field, ONLY_LOAD_BALANCER)];
  if (spec.loadBalancerSourceRanges?.length) {
    const field = path("spec", "LoadBalancerSourceRanges");
    const before = (old?.spec.loadBalancerSourceRanges ?? []).map((range) => range.trim());
    const ranges = spec.loadBalancerSourceRanges.map((range) => range.trim());
    return [...wrongType(field), ...ranges.flatMap((range, i) => validateLegacyCidr(range, field.index(i), before))];
  }
  if (annotation === undefined) return [];
  const field = path("metadata", "annotations").key(SOURCE_RANGES);
  const unchanged = old?.metadata.annotations?.[SOURCE_RANGES] === annotation || annotation.trim() === "";
  return [
    ...wrongType(field),
    ...(unchanged ? [] : annotation.split(",").flatMap((range) => validateLegacyCidr(range.trim(), field))),
  ];
}

function loadBalancerErrors({ spec }: V1Service, field: FieldPath): FieldError[] {
  const { type, allocateLoadBalancerNodePorts, loadBalancerClass } = spec;
  const errors: FieldError[] = [];
  if (type !== "LoadBalancer") {
    if (allocateLoadBalancerNodePorts !== undefined)
      errors.push(forbidden(field.child("allocateLoadBalancerNodePorts"), ONLY_LOAD_BALANCER));
    if (loadBalancerClass !== undefined) errors.push(forbidden(field.child("loadBalancerClass"), ONLY_LOAD_BALANCER));
    return errors;
  }
  if (allocateLoadBalancerNodePorts === undefined) errors.push(required("allocateLoadBalancerNodePorts"));
  if (loadBalancerClass !== undefined)
    errors.push(...qualifiedNameErrors(loadBalancerClass, field.child("loadBalancerClass")));
  return errors;
}

function trafficErrors(service: V1Service, field: FieldPath): FieldError[] {
  const { type, externalTrafficPolicy, internalTrafficPolicy, trafficDistribution } = service.spec;
  const errors: FieldError[] = [];
  const external = field.child("externalTrafficPolicy");
  if (isExternallyAccessible(service)) errors.push(...enumErrors(externalTrafficPolicy, TRAFFIC_POLICIES, external));
  else if (externalTrafficPolicy)
    errors.push(invalid(external, externalTrafficPolicy, "may only be set for externally-accessible services"));
  errors.push(...healthCheckErrors(service, field.child("healthCheckNodePort")));
  const internal = field.child("internalTrafficPolicy");
  if (internalTrafficPolicy !== undefined) {
    if (!TRAFFIC_POLICIES.includes(internalTrafficPolicy))
      errors.push(notSupported(internal, internalTrafficPolicy, TRAFFIC_POLICIES));
  } else if (type !== "ExternalName" && TYPES.includes(type ?? "")) errors.push(required(internal));
  if (trafficDistribution !== undefined && !DISTRIBUTIONS.includes(trafficDistribution)) {
    errors.push(notSupported(field.child("trafficDistribution"), trafficDistribution, DISTRIBUTIONS));
  }
  return errors;
}

function healthCheckErrors(service: V1Service, field: FieldPath): FieldError[] {
  const port = service.spec.healthCheckNodePort ?? 0;
  if (!needsHealthCheckNodePort(service)) {
    const text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    return port === 0 ? [] : [invalid(field, port, text)];
  }
  return port === 0 ? [required(field)] : isValidPortNum(port).map((text) => invalid(field, port, text));
}
