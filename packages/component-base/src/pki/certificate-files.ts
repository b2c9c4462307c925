import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, Random } from "@dingi/base";
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

export interface CertificateFilesOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Issues every certificate anew that an authority has signed, however long it would serve. */
  readonly renew?: boolean;
}

interface Leaf extends AlternativeNames {
  readonly authority: KeyPair;
  readonly subject: Subject;
  readonly purpose: "server auth" | "client auth";
}

/** An authority, and whom one believes meanwhile: another may be on its way in, or out. */
export interface Authority extends KeyPair {
  /** PEM of all whose certificates are good. */
  readonly trusted: string;
}

/** PEM of the authority that signs, of the one that comes, and of the one that goes. */
export async function trustedOf(directory: string, authority: string): Promise<string> {
  const files = [authority, `${authority}-next`, `${authority}-previous`].map((name) => join(directory, `${name}.crt`));
  return (await Promise.all(files.map(readFileIfAny))).join("");
}

/** How far an authority is on its way to be followed by another. */
export type AuthorityPhase = "alone" | "next is trusted" | "previous is trusted";

/** What was written, and why. */
export interface Issued {
  readonly name: string;
  readonly reason: string;
}

/**
 * Certificates and keys in the files of one directory, NAME.crt and NAME.key: made when missing, and anew before they expire
 * or when they no longer fit. Which files there are of an authority says how far its rotation is: NAME-next signs nothing yet,
 * NAME-previous nothing any more, and both are trusted.
 */
export class CertificateFiles {
  readonly issued: Issued[] = [];
  readonly #directory: string;
  readonly #random: Random;
  readonly #now: number;
  readonly #renew: boolean;

  constructor(directory: string, { clock, random, renew = false }: CertificateFilesOptions) {
    this.#directory = directory;
    this.#random = random;
    this.#now = clock.now();
    this.#renew = renew;
  }

  /** Throws when the certificate is there without its key. It is renewed with its key, so that what it signed stays valid. */
  async authority(name: string, commonName: string): Promise<Authority> {
    await this.#finishPromotion(name);
    const pair = await this.#authorityPair(name, commonName);
    return { ...pair, trusted: await trustedOf(this.#directory, name) };
  }

  async phaseOf(authority: string): Promise<AuthorityPhase> {
    if ((await this.#readCertificate(`${authority}-next`)) !== "") return "next is trusted";
    return (await this.#readCertificate(`${authority}-previous`)) === "" ? "alone" : "previous is trusted";
  }

  /** Another authority of the same name, which is trusted from now on, and signs nothing yet. */
  async introduce(authority: string, commonName: string): Promise<void> {
    await this.#create(`${authority}-next`, commonName, { reason: "Its authority is to be followed by another" });
  }

  /** What was next signs from now on; what signed before stays trusted. */
  async promote(authority: string): Promise<void> {
    await writePrivateFile(this.#path(`${authority}-previous.crt`), await this.#readCertificate(authority));
    await rename(this.#path(`${authority}-next.key`), this.#path(`${authority}.key`));
    await this.#finishPromotion(authority);
  }

  /** What the previous authority has signed is worth nothing any more. */
  async forgetPrevious(authority: string): Promise<void> {
    await rm(this.#path(`${authority}-previous.crt`), { force: true });
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
    if (!reason && !this.#renew) return old as KeyPair;
    const { CertificateAuthority } = await import("./certificate-authority.ts");
    const signer = new CertificateAuthority(authority, this.#random);
    const pair = signer.issue({ subject, usages: [...KEY_USAGES, purpose], ...names, ...this.#period(LEAF_MS) });
    return this.#write(name, pair, reason ?? "It was asked for");
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

  /** After a crash between the two: the key has its new name already, and its certificate has not. */
  async #finishPromotion(name: string): Promise<void> {
    const next = await this.#read(`${name}-next`);
    const began = next.keyPem === undefined && (await this.#readCertificate(`${name}-previous`)) !== "";
    if (!began || next.certificatePem === undefined) return;
    // Another process that starts just now finishes it as well.
    await rename(this.#path(`${name}-next.crt`), this.#path(`${name}.crt`)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }

  async #authorityPair(name: string, commonName: string): Promise<KeyPair> {
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
    return await this.#create(name, commonName, { reason: reason!, ...(keyPem === undefined ? {} : { keyPem }) });
  }

  async #create(name: string, commonName: string, { reason, keyPem }: { reason: string; keyPem?: string }) {
    const { CertificateAuthority } = await import("./certificate-authority.ts");
    const created = CertificateAuthority.create({
      commonName,
      random: this.#random,
      ...this.#period(AUTHORITY_MS),
      ...(keyPem === undefined ? {} : { keyPem }),
    });
    return await this.#write(name, created, reason);
  }

  #period(durationMs: number): { notBefore: number; notAfter: number } {
    return { notBefore: this.#now - BACKDATE_MS, notAfter: this.#now + durationMs };
  }

  async #readCertificate(name: string): Promise<string> {
    return (await readFileIfAny(this.#path(`${name}.crt`))) ?? "";
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
