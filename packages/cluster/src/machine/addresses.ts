import { addressIn } from "./networks.ts";

const FABRIC_MACHINE = 1;
const FABRIC_API = 2;
/** Nodes' addresses on the fabric begin after this one. */
const FABRIC_BEFORE_FIRST_NODE = 10;
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

/** Of the Service "kubernetes". */
export function apiServiceAddress(serviceCidr: string): string {
  return addressIn(serviceCidr, SERVICE_API);
}

export function dnsServiceAddress(serviceCidr: string): string {
  return addressIn(serviceCidr, SERVICE_DNS);
}
