import { addressIn } from "./networks.ts";

const FABRIC_MACHINE = 1;
const FABRIC_API = 2;
/** Nodes' addresses on the fabric begin after this one. */
const FABRIC_BEFORE_FIRST_NODE = 10;
/** The pool of fabrics is 198.18.0.0/15: 127.1.0.0/16 and 127.2.0.0/16 stand for it. */
const FABRIC_LOOPBACK_OFFSET = 17;
const SERVICE_API = 1;
const SERVICE_DNS = 10;

/** Where the control plane listens for nodes and pods. */
export const API_FABRIC_PORT = 6443;

/** The machine's own address on the fabric. */
export function machineAddress(fabric: string): string {
  return addressIn(fabric, FABRIC_MACHINE);
}

/** The bridge's: the control plane listens here for the nodes, and it is their way out. */
export function apiAddress(fabric: string): string {
  return addressIn(fabric, FABRIC_API);
}

/** `index` counts from 1. */
export function nodeAddress(fabric: string, index: number): string {
  return addressIn(fabric, FABRIC_BEFORE_FIRST_NODE + index);
}

/**
 * Where a simulated node's agent listens, as it has no network of its own: on a loopback address that belongs to the
 * cluster's fabric. "198.18.0.0/24", 1 → "127.1.0.1".
 */
export function simulatedNodeAddress(fabric: string, index: number): string {
  const [, second = 0, third = 0] = fabric.split(".").map(Number);
  return `127.${second - FABRIC_LOOPBACK_OFFSET}.${third}.${index}`;
}

/** Of all addresses of the simulated nodes of a fabric. */
export function simulatedNodeNetwork(fabric: string): string {
  return `${simulatedNodeAddress(fabric, 0)}/24`;
}

/** Of the Service "kubernetes". */
export function apiServiceAddress(serviceCidr: string): string {
  return addressIn(serviceCidr, SERVICE_API);
}

export function dnsServiceAddress(serviceCidr: string): string {
  return addressIn(serviceCidr, SERVICE_DNS);
}
