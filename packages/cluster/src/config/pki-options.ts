import { hostname } from "node:os";
import type { ClusterPkiOptions } from "@dingi/component-base";
import { systemClock, systemRandom } from "@dingi/base";
import { apiAddress, apiServiceAddress } from "../machine/addresses.ts";
import type { ClusterConfig } from "./cluster-config.ts";

/** What a cluster's certificates are made out to. */
export function pkiOptionsOf({ fabric, serviceCidr, clusterDomain }: ClusterConfig): ClusterPkiOptions {
  return {
    clock: systemClock,
    random: systemRandom,
    fabricAddress: apiAddress(fabric),
    hostName: hostname(),
    serviceAddress: apiServiceAddress(serviceCidr),
    clusterDomain,
  };
}
