import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  Extensions,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_subjectKeyIdentifier,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import type { Extension, Name } from "@peculiar/asn1-x509";
import type { Random } from "@dingi/base";
import type { CertificateRequest } from "./certificate-request.ts";
import { certifiedName, encodeName } from "./distinguished-name.ts";
import type { Subject } from "./distinguished-name.ts";
import { generateKeys, publicPemOf } from "./key-pair.ts";
import type { KeyPair } from "./key-pair.ts";
import { extension, usageExtensions } from "./key-usage.ts";
import { fromPem, toPem } from "./pem.ts";
import { signerFor } from "./signature.ts";
import type { Signer } from "./signature.ts";
import { alternativeNameExtension } from "./subject-alternative-name.ts";
import type { AlternativeNames } from "./subject-alternative-name.ts";

const CA_USAGES = ["digital signature", "key encipherment", "cert sign"];
const SERIAL_BYTES = 16;

/** Epoch milliseconds; certificates count in seconds. */
export interface ValidityPeriod {
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface AuthorityOptions extends ValidityPeriod {
  readonly commonName: string;
  readonly random: Random;
  /** Renews the authority that has this key; a new key when absent. */
  readonly keyPem?: string;
}

export interface IssueOptions extends ValidityPeriod, AlternativeNames {
  readonly subject: Subject;
  /** By Kubernetes' names: "digital signature", "client auth", … */
  readonly usages: readonly string[];
}

export interface SignOptions extends ValidityPeriod {
  readonly usages: readonly string[];
}

/** A certificate authority that can sign. What it signs does not outlive it. */
export class CertificateAuthority {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly #random: Random;
  readonly #signer: Signer;
  readonly #subject: Name;
  readonly #keyId: ArrayBuffer;
  readonly #notAfter: number;

  /** Throws when the two do not belong together. */
  constructor({ certificatePem, keyPem }: KeyPair, random: Random) {
    this.certificatePem = certificatePem;
    this.keyPem = keyPem;
    this.#random = random;
    const { tbsCertificate } = AsnConvert.parse(fromPem("CERTIFICATE", certificatePem), Certificate);
    const key = createPrivateKey(keyPem);
    const spki = Buffer.from(AsnConvert.serialize(tbsCertificate.subjectPublicKeyInfo));
    if (!createPublicKey(key).equals(createPublicKey({ key: spki, type: "spki", format: "der" }))) {
      throw new TypeError("The certificate authority's key does not belong to its certificate");
    }
    this.#signer = signerFor(key);
    this.#subject = tbsCertificate.subject;
    this.#keyId = keyIdOf(tbsCertificate.subjectPublicKeyInfo);
    this.#notAfter = tbsCertificate.validity.notAfter.getTime().getTime();
  }

  /** Makes a self-signed authority. */
  static create({
    commonName,
    random,
    keyPem = generateKeys().privatePem,
    ...period
  }: AuthorityOptions): CertificateAuthority {
    const subject = encodeName({ commonName });
    const publicKey = AsnConvert.parse(fromPem("PUBLIC KEY", publicPemOf(keyPem)), SubjectPublicKeyInfo);
    const certificate = seal(signerFor(createPrivateKey(keyPem)), {
      serial: newSerial(random),
      issuer: subject,
      subject,
      publicKey,
      period,
      extensions: [
        ...usageExtensions(CA_USAGES),
        extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), true),
        extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdOf(publicKey))),
        ...alternativeNameExtension({ dnsNames: [commonName] }),
      ],
    });
    return new CertificateAuthority({ certificatePem: certificate, keyPem }, random);
  }

  /** Makes a key and a certificate for it. */
  issue({ subject, usages, notBefore, notAfter, ...names }: IssueOptions): KeyPair {
    const keys = generateKeys();
    const certificatePem = this.#certify({
      subject: encodeName(subject),
      publicKey: AsnConvert.parse(fromPem("PUBLIC KEY", keys.publicPem), SubjectPublicKeyInfo),
      period: { notBefore, notAfter },
      extensions: [...usageExtensions(usages), ...alternativeNameExtension(names)],
    });
    return { certificatePem, keyPem: keys.privatePem };
  }

  /**
   * Certifies what was requested, with the subject and names of the request and no other of its extensions.
   * The caller has decided that it may have them. Throws TypeError when the requester does not have the key.
   */
  sign(request: CertificateRequest, { usages, ...period }: SignOptions): string {
    if (!request.signatureValid) throw new TypeError("The certificate request's signature is not valid");
    const subject = certifiedName(request.rawSubject);
    const nameless = subject.length === 0;
    return this.#certify({
      subject,
      publicKey: request.rawPublicKey,
      period,
      extensions: [...usageExtensions(usages), ...alternativeNameExtension(request.names, nameless)],
    });
  }

  #certify({ subject, publicKey, period, extensions }: Omit<Contents, "serial" | "issuer">): string {
    return seal(this.#signer, {
      serial: newSerial(this.#random),
      issuer: this.#subject,
      subject,
      publicKey,
      period: { notBefore: period.notBefore, notAfter: Math.min(period.notAfter, this.#notAfter) },
      extensions: [
        ...extensions,
        extension(id_ce_basicConstraints, new BasicConstraints({ cA: false }), true),
        extension(
          id_ce_authorityKeyIdentifier,
          new AuthorityKeyIdentifier({ keyIdentifier: new OctetString(this.#keyId) }),
        ),
      ],
    });
  }
}

interface Contents {
  readonly serial: ArrayBuffer;
  readonly issuer: Name;
  readonly subject: Name;
  readonly publicKey: SubjectPublicKeyInfo;
  readonly period: ValidityPeriod;
  readonly extensions: Extension[];
}

function seal(signer: Signer, { serial, issuer, subject, publicKey, period, extensions }: Contents): string {
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: serial,
    signature: signer.algorithm,
    issuer,
    subject,
    subjectPublicKeyInfo: publicKey,
    validity: new Validity({ notBefore: wholeSeconds(period.notBefore), notAfter: wholeSeconds(period.notAfter) }),
    extensions: new Extensions(extensions),
  });
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: signer.algorithm,
    signatureValue: signer.sign(AsnConvert.serialize(tbsCertificate)),
  });
  return toPem("CERTIFICATE", AsnConvert.serialize(certificate));
}

function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}

/** Positive, and of full length without a leading zero byte. */
function newSerial(random: Random): ArrayBuffer {
  const serial = new Uint8Array(random.bytes(SERIAL_BYTES));
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return serial.buffer;
}

/** RFC 5280's first method: the digest names a key, it protects nothing. */
function keyIdOf(key: SubjectPublicKeyInfo): ArrayBuffer {
  return new Uint8Array(createHash("sha1").update(Buffer.from(key.subjectPublicKey)).digest()).buffer;
}
