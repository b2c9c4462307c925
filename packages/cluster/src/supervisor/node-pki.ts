import { mkdir } from "node:fs/promises";
import { CertificateFiles, type ClusterPki } from "@dingi/component-base";
import { systemClock, systemRandom } from "@dingi/base";
import type { AgentCertificates } from "../agent/agent-certificates.ts";

interface NodePkiOptions {
  readonly ca: ClusterPki["ca"];
  readonly name: string;
  readonly address: string;
  /** Issues all anew, however long they would serve. */
  readonly renew?: boolean;
}

/** What a node shows itself with: made when missing, and anew before it expires or when another authority signs. */
export async function ensureNodePki(
  directory: string,
  { ca: authority, name, address, renew = false }: NodePkiOptions,
): Promise<AgentCertificates> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const files = new CertificateFiles(directory, { clock: systemClock, random: systemRandom, renew });
  const identity = { commonName: `system:node:${name}`, organizations: ["system:nodes"] };
  const client = (file: string, subject: Parameters<CertificateFiles["leaf"]>[1]["subject"]) =>
    files.leaf(file, { authority, subject, purpose: "client auth" });
  return {
    ca: authority.trusted,
    kubeletClient: await client("kubelet-client", identity),
    kubeletServer: await files.leaf("kubelet", {
      authority,
      subject: identity,
      purpose: "server auth",
      dnsNames: [name],
      ipAddresses: [address],
    }),
    proxyClient: await client("kube-proxy", { commonName: "system:kube-proxy" }),
    dnsClient: await client("dns", { commonName: "system:coredns" }),
    localVolumesClient: await client("local-volumes", {
      commonName: `dingi:local-volumes:${name}`,
      organizations: ["dingi:local-volumes"],
    }),
  };
}
