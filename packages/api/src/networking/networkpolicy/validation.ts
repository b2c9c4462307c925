import {
  cidrContains,
  findErrors,
  forbidden,
  invalid,
  isValidPortName,
  isValidPortNum,
  notSupported,
  parseCidr,
  path,
  required,
  validateLabelSelector,
  validateLegacyCidr,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1IPBlock, V1NetworkPolicy, V1NetworkPolicyPeer, V1NetworkPolicyPort } from "./networkpolicy.gen.ts";
import { ipBlocksOf, rulesOf } from "./peers.ts";

const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const POLICY_TYPES = ["Ingress", "Egress"];
const SPEC = path("spec");
const SELECTOR = SPEC.child("podSelector");

/** What an object may keep that a new one may not have. */
interface Kept {
  /** Values that are no label values, in selectors. */
  readonly allowInvalidValues: boolean;
  /** Ranges that were there before. */
  readonly cidrs: readonly string[];
}

/** Upstream: pkg/apis/networking/validation/validation.go#ValidateNetworkPolicy */
export function validateNetworkPolicy(policy: V1NetworkPolicy): FieldError[] {
  return specErrors(policy, { allowInvalidValues: false, cidrs: [] });
}

/** Upstream: …#ValidateNetworkPolicyUpdate */
export function validateNetworkPolicyUpdate(policy: V1NetworkPolicy, old: V1NetworkPolicy): FieldError[] {
  const allowInvalidValues = findErrors(() => validateLabelSelector(old.spec.podSelector, SELECTOR)).length > 0;
  const cidrs = ipBlocksOf(old.spec).flatMap(({ block: { cidr, except = [] } }) => [cidr, ...except]);
  return specErrors(policy, { allowInvalidValues, cidrs });
}

/** That a range has to be given is declared, and told last. */
function specErrors({ spec }: V1NetworkPolicy, kept: Kept): FieldError[] {
  return [
    ...validateLabelSelector(spec.podSelector, SELECTOR, kept),
    ...rulesOf(spec).flatMap(({ field, ports, peers, peersField }) => [
      ...ports.flatMap((port, i) => portErrors(port, field.child("ports").index(i))),
      ...peers.flatMap((peer, i) => peerErrors(peer, peersField.index(i), kept)),
    ]),
    ...typeErrors(spec.policyTypes ?? [], SPEC.child("policyTypes")),
    ...ipBlocksOf(spec).flatMap(({ block, field }) => (block.cidr ? [] : [required(field.child("cidr"))])),
  ];
}

function typeErrors(types: readonly string[], field: FieldPath): FieldError[] {
  if (types.length > POLICY_TYPES.length) return [invalid(field, types, "may not specify more than two policyTypes")];
  return types.flatMap((type, i) =>
    POLICY_TYPES.includes(type) ? [] : [notSupported(field.index(i), type, POLICY_TYPES)],
  );
}

/** Upstream: …#ValidateNetworkPolicyPort */
function portErrors({ protocol, port, endPort }: V1NetworkPolicyPort, field: FieldPath): FieldError[] {
  const errors =
    protocol === undefined || PROTOCOLS.includes(protocol)
      ? []
      : [notSupported(field.child("protocol"), protocol, PROTOCOLS)];
  const [at, endField] = [field.child("port"), field.child("endPort")];
  if (typeof port === "number") {
    return [
      ...errors,
      ...isValidPortNum(port).map((text) => invalid(at, port, text)),
      ...(endPort === undefined ? [] : endErrors(endPort, port, endField)),
    ];
  }
  const why = port === undefined ? "`port` is not specified" : "`port` is non-numeric";
  return [
    ...errors,
    ...(endPort === undefined ? [] : [invalid(endField, endPort, `may not be specified when ${why}`)]),
    ...(port === undefined ? [] : isValidPortName(port).map((text) => invalid(at, port, text))),
  ];
}

function endErrors(endPort: number, port: number, field: FieldPath): FieldError[] {
  return [
    ...(endPort < port ? [invalid(field, endPort, "must be greater than or equal to `port`")] : []),
    ...isValidPortNum(endPort).map((text) => invalid(field, endPort, text)),
  ];
}

/** Upstream: …#ValidateNetworkPolicyPeer */
function peerErrors(peer: V1NetworkPolicyPeer, field: FieldPath, kept: Kept): FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  const hasSelector = podSelector !== undefined || namespaceSelector !== undefined;
  return [
    ...validateLabelSelector(podSelector, field.child("podSelector"), kept),
    ...validateLabelSelector(namespaceSelector, field.child("namespaceSelector"), kept),
    ...(ipBlock ? blockErrors(ipBlock, field.child("ipBlock"), kept) : []),
    ...(hasSelector || ipBlock ? [] : [required(field, "must specify a peer")]),
    ...(hasSelector && ipBlock ? [forbidden(field, "may not specify both ipBlock and another peer")] : []),
  ];
}

/** Upstream: …#ValidateIPBlock */
function blockErrors({ cidr, except = [] }: V1IPBlock, field: FieldPath, { cidrs }: Kept): FieldError[] {
  if (!cidr) return [];
  const errors = validateLegacyCidr(cidr, field.child("cidr"), cidrs);
  const whole = parseCidr(cidr);
  if (!whole) return errors;
  const exceptErrors = except.flatMap((text, i) => {
    const at = field.child("except").index(i);
    const part = parseCidr(text);
    const isPart = !part || (cidrContains(whole, part.address) && part.prefixLength > whole.prefixLength);
    return [
      ...validateLegacyCidr(text, at, cidrs),
      ...(isPart ? [] : [invalid(at, text, "must be a strict subset of `cidr`")]),
    ];
  });
  return [...errors, ...exceptErrors];
}
