import { mkdir } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import type { Clock, Random } from "@dingi/base";
import type { CertificateAuthority } from "./certificate-authority.ts";
import { flawOf, periodFlaw, RENEW_AUTHORITY_BEFORE_MS } from "./certificate-flaw.ts";
import type { Subject } from "./distinguished-name.ts";
import { generateKeys, publicPemOf } from "./key-pair.ts";
import type { KeyPair, SigningKeys } from "./key-pair.ts";
import { readFileIfAny, writePrivateFile } from "./private-file.ts";
import type { AlternativeNames } from "./subject-alternative-name.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Upstream: cmd/kubeadm/app/constants/constants.go#CertificateValidityPeriod, #CACertificateValidityPeriod */
const LEAF_MS = 365 * DAY_MS;
const AUTHORITY_MS = 3650 * DAY_MS;
/** So that a machine whose clock is a little late accepts a new certificate. */
const BACKDATE_MS = 5 * 60 * 1000;
const KEY_USAGES = ["digital signature", "key encipherment"];

interface ClusterPkiOptions {
  readonly clock: Clock;
  readonly random: Random;
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
  readonly ca: KeyPair;
  readonly apiserver: KeyPair;
  readonly apiserverKubeletClient: KeyPair;
  readonly frontProxyCa: KeyPair;
  readonly frontProxyClient: KeyPair;
  readonly admin: KeyPair;
  /** Signs and verifies service-account tokens. */
  readonly serviceAccount: SigningKeys;
  /** What this call wrote and why; empty when everything served. */
  readonly issued: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Makes what is missing in the directory and renews what nears its expiry or no longer fits; the rest stays as it is.
 * An authority is renewed with its key, so that what it signed stays valid. Files are named as kubeadm names them.
 * Throws when an authority's certificate is there without its key. Upstream: cmd/kubeadm/app/phases/certs/certlist.go
 */
export async function ensureClusterPki(directory: string, options: ClusterPkiOptions): Promise<ClusterPki> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const keeper = new Keeper(directory, options);
  const ca = await keeper.authority("ca", "kubernetes");
  const frontProxyCa = await keeper.authority("front-proxy-ca", "front-proxy-ca");
  return {
    ca,
    frontProxyCa,
    apiserver: await keeper.leaf("apiserver", {
      ...apiserverNames(options),
      authority: ca,
      subject: { commonName: "kube-apiserver" },
      purpose: "server auth",
    }),
    apiserverKubeletClient: await keeper.leaf("apiserver-kubelet-client", {
      authority: ca,
      subject: { commonName: "kube-apiserver-kubelet-client" },
      purpose: "client auth",
    }),
    frontProxyClient: await keeper.leaf("front-proxy-client", {
      authority: frontProxyCa,
      subject: { commonName: "front-proxy-client" },
      purpose: "client auth",
    }),
    admin: await keeper.leaf("admin", {
      authority: ca,
      subject: { commonName: "kubernetes-admin", organizations: ["kubeadm:cluster-admins"] },
      purpose: "client auth",
    }),
    serviceAccount: await keeper.signingKeys("sa"),
    issued: keeper.issued,
  };
}

function apiserverNames(
  options: Omit<ClusterPkiOptions, "clock" | "random">,
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

interface Leaf extends AlternativeNames {
  readonly authority: KeyPair;
  readonly subject: Subject;
  readonly purpose: "server auth" | "client auth";
}

/** The files of one directory. */
class Keeper {
  readonly issued: { name: string; reason: string }[] = [];
  readonly #directory: string;
  readonly #random: Random;
  readonly #now: number;

  constructor(directory: string, { clock, random }: ClusterPkiOptions) {
    this.#directory = directory;
    this.#random = random;
    this.#now = clock.now();
  }

  async authority(name: string, commonName: string): Promise<KeyPair> {
    const { certificatePem, keyPem } = await this.#read(name);
    if (certificatePem !== undefined && keyPem === undefined) {
      const path = this.#path(`${name}.key`);
      throw new Error(
        `The certificate authority's key "${path}" is missing; restore it, or delete the certificate to begin anew`,
      );
    }
    const old = certificatePem !== undefined && keyPem !== undefined ? { certificatePem, keyPem } : undefined;
    const period = { nowMs: this.#now, renewBeforeMs: RENEW_AUTHORITY_BEFORE_MS };
    const reason = old ? periodFlaw(old.certificatePem, period) : "It did not exist";
    if (old && !reason) return old;
    const { CertificateAuthority } = await import("./certificate-authority.ts");
    const created = CertificateAuthority.create({
      commonName,
      random: this.#random,
      ...this.#period(AUTHORITY_MS),
      ...(keyPem !== undefined && { keyPem }),
    });
    return this.#write(name, created, reason!);
  }

  async leaf(name: string, { authority, subject, purpose, ...names }: Leaf): Promise<KeyPair> {
    const old = await this.#read(name);
    const reason = flawOf(old, {
      commonName: subject.commonName,
      organizations: subject.organizations ?? [],
      dnsNames: names.dnsNames ?? [],
      ipAddresses: names.ipAddresses ?? [],
      authorityPem: authority.certificatePem,
      nowMs: this.#now,
    });
    if (!reason) return old as KeyPair;
    const signer = await this.#signer(authority);
    const pair = signer.issue({ subject, usages: [...KEY_USAGES, purpose], ...names, ...this.#period(LEAF_MS) });
    return this.#write(name, pair, reason);
  }

  async signingKeys(name: string): Promise<SigningKeys> {
    const privatePem = await readFileIfAny(this.#path(`${name}.key`));
    if (privatePem !== undefined) return { privatePem, publicPem: publicPemOf(privatePem) };
    const keys = generateKeys();
    await writePrivateFile(this.#path(`${name}.key`), keys.privatePem);
    await writePrivateFile(this.#path(`${name}.pub`), keys.publicPem);
    this.issued.push({ name, reason: "It did not exist" });
    return keys;
  }

  async #signer(authority: KeyPair): Promise<CertificateAuthority> {
    const { CertificateAuthority } = await import("./certificate-authority.ts");
    return new CertificateAuthority(authority, this.#random);
  }

  #period(durationMs: number): { notBefore: number; notAfter: number } {
    return { notBefore: this.#now - BACKDATE_MS, notAfter: this.#now + durationMs };
  }

  async #read(name: string): Promise<Partial<KeyPair>> {
    const certificatePem = await readFileIfAny(this.#path(`${name}.crt`));
    const keyPem = await readFileIfAny(this.#path(`${name}.key`));
    return { ...(certificatePem !== undefined && { certificatePem }), ...(keyPem !== undefined && { keyPem }) };
  }

  /** The key first: a key without its certificate is made good by the next call. */
  async #write(name: string, { certificatePem, keyPem }: KeyPair, reason: string): Promise<KeyPair> {
    await writePrivateFile(this.#path(`${name}.key`), keyPem);
    await writePrivateFile(this.#path(`${name}.crt`), certificatePem);
    this.issued.push({ name, reason });
    return { certificatePem, keyPem };
  }

  #path(file: string): string {
    return join(this.#directory, file);
  }
}
