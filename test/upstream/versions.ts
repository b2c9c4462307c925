import { homedir } from "node:os";
import { join } from "node:path";

/** What everything here is measured against. Some tests of the suite skip on the server's or the client's version. */
export const KUBERNETES = process.env["K8S_VERSION"] ?? "v1.37.1";
/** The version under which a release's staging repositories are published. */
export const STAGING = KUBERNETES.replace(/^v1\./, "v0.");
export const ETCD = process.env["ETCD_VERSION"] ?? "v3.7.3";
export const HELM = process.env["HELM_VERSION"] ?? "v4.3.1";
export const CONTAINERD = process.env["CONTAINERD_VERSION"] ?? "v2.3.7";
export const RUNC = process.env["RUNC_VERSION"] ?? "v1.3.6";
export const COREDNS = process.env["COREDNS_VERSION"] ?? "v1.14.7";

/** One per machine and user, for all checkouts. */
export const CACHE =
  process.env["UPSTREAM_ROOT"] ??
  join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "upstream-kubernetes", KUBERNETES);
export const BIN = process.env["UPSTREAM_BIN"] ?? join(CACHE, "bin");

/** The path of one of upstream's programs, built or not. */
export function upstreamProgram(name: string): string {
  return join(BIN, name);
}
