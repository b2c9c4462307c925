import { mkdir } from "node:fs/promises";
import { isIP } from "node:net";
import {
  CertificateFiles,
  type Authority,
  type AuthorityPhase,
  type CertificateFilesOptions,
  type Issued,
} from "./certificate-files.ts";
import type { KeyPair, SigningKeys } from "./key-pair.ts";
import type { AlternativeNames } from "./subject-alternative-name.ts";

/** By file, and by the name that is in their certificates. As kubeadm's. */
const AUTHORITIES = { ca: "kubernetes", "front-proxy-ca": "front-proxy-ca" } as const;

export interface ClusterPkiOptions extends CertificateFilesOptions {
  /** The API server's address for nodes. */
  readonly fabricAddress: string;
  readonly hostName: string;
  /** More names and addresses for the API server. */
  readonly extraSans?: readonly string[];
  /** That of the Service "kubernetes". */
  readonly serviceAddress?: string;
  readonly clusterDomain?: string;
}

export interface ClusterPki {
  readonly ca: Authority;
  readonly apiserver: KeyPair;
  readonly apiserverKubeletClient: KeyPair;
  readonly frontProxyCa: Authority;
  readonly frontProxyClient: KeyPair;
  readonly admin: KeyPair;
  /** Signs and verifies service-account tokens. */
  readonly serviceAccount: SigningKeys;
  /** What this call wrote and why; empty when everything served. */
  readonly issued: readonly Issued[];
}

/**
 * Makes what is missing in the directory and renews what nears its expiry or no longer fits; the rest stays as it is.
 * An authority is renewed with its key, so that what it signed stays valid. Files are named as kubeadm names them.
 * Throws when an authority's certificate is there without its key. Upstream: cmd/kubeadm/app/phases/certs/certlist.go
 */
export async function ensureClusterPki(directory: string, options: ClusterPkiOptions): Promise<ClusterPki> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const files = new CertificateFiles(directory, options);
  const ca = await files.authority("ca", AUTHORITIES.ca);
  const frontProxyCa = await files.authority("front-proxy-ca", AUTHORITIES["front-proxy-ca"]);
  return {
    ca,
    frontProxyCa,
    apiserver: await files.leaf("apiserver", {
      ...apiserverNames(options),
      authority: ca,
      subject: { commonName: "kube-apiserver" },
      purpose: "server auth",
    }),
    apiserverKubeletClient: await files.leaf("apiserver-kubelet-client", {
      authority: ca,
      subject: { commonName: "kube-apiserver-kubelet-client" },
      purpose: "client auth",
    }),
    frontProxyClient: await files.leaf("front-proxy-client", {
      authority: frontProxyCa,
      subject: { commonName: "front-proxy-client" },
      purpose: "client auth",
    }),
    admin: await files.leaf("admin", {
      authority: ca,
      subject: { commonName: "kubernetes-admin", organizations: ["kubeadm:cluster-admins"] },
      purpose: "client auth",
    }),
    serviceAccount: await files.signingKeys("sa"),
    issued: files.issued,
  };
}

function apiserverNames(
  options: Omit<ClusterPkiOptions, keyof CertificateFilesOptions>,
): Required<Pick<AlternativeNames, "dnsNames" | "ipAddresses">> {
  const {
    fabricAddress,
    hostName,
    extraSans = [],
    serviceAddress = "10.96.0.1",
    clusterDomain = "cluster.local",
  } = options;
  const service = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    `kubernetes.default.svc.${clusterDomain}`,
  ];
  const all = new Set([
    ...service,
    "localhost",
    "127.0.0.1",
    "::1",
    serviceAddress,
    fabricAddress,
    hostName,
    ...extraSans,
  ]);
  const names = [...all].filter((name) => name !== "");
  return { dnsNames: names.filter((name) => isIP(name) === 0), ipAddresses: names.filter((name) => isIP(name) !== 0) };
}

/**
 * The next step to other authorities: one that is trusted beside the old one, then signs in its place, then is alone.
 * Returns where that has led. What is to be issued anew, `ensureClusterPki` issues.
 */
export async function rotateAuthorities(directory: string, options: CertificateFilesOptions): Promise<AuthorityPhase> {
  const files = new CertificateFiles(directory, options);
  // That of the cluster last: it says how far the step has come, and a step that was cut off is done again.
  const names = ["front-proxy-ca", "ca"] as const;
  for (const name of names) await files.authority(name, AUTHORITIES[name]);
  const phase = await files.phaseOf("ca");
  for (const name of names) {
    if ((await files.phaseOf(name)) !== phase) continue;
    if (phase === "alone") await files.introduce(name, AUTHORITIES[name]);
    else if (phase === "next is trusted") await files.promote(name);
    else await files.forgetPrevious(name);
  }
  return await files.phaseOf("ca");
}
