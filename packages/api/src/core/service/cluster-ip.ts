import { parseIp, type Draft, type IpFamily } from "@dingi/apimachinery";
import type { V1Service } from "./service.gen.ts";

/** The address of a headless service. */
export const CLUSTER_IP_NONE = "None";

export const isHeadless = ({ spec }: V1Service | Draft<V1Service>): boolean =>
  spec.clusterIPs?.length === 1 && spec.clusterIPs[0] === CLUSTER_IP_NONE;

export const ipFamilyOf = (address: string): IpFamily | undefined => parseIp(address)?.family;
