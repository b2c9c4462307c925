import { createPrivateKey, createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { CertificationRequest, CertificationRequestInfo, Attributes } from "@peculiar/asn1-csr";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Attribute, Extensions, SubjectPublicKeyInfo } from "@peculiar/asn1-x509";
import type { Name } from "@peculiar/asn1-x509";
import { decodeName, encodeName } from "./distinguished-name.ts";
import type { Subject } from "./distinguished-name.ts";
import { publicPemOf } from "./key-pair.ts";
import { fromPem, toPem } from "./pem.ts";
import { isSignedBy, signerFor } from "./signature.ts";
import { alternativeNameExtension, decodeAlternativeNames } from "./subject-alternative-name.ts";
import type { AlternativeNames } from "./subject-alternative-name.ts";

const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

/** A PKCS #10 request as it was read. */
export interface CertificateRequest {
  readonly subject: Required<Subject>;
  readonly names: Required<AlternativeNames>;
  readonly publicKey: KeyObject;
  /** Whether the requester has the private key. */
  readonly signatureValid: boolean;
  /** The subject as it stands in the request. */
  readonly rawSubject: Name;
  readonly rawPublicKey: SubjectPublicKeyInfo;
}

/** Reads a PEM `CERTIFICATE REQUEST`. Throws when it is none. */
export function parseCertificateRequest(pem: string): CertificateRequest {
  const request = AsnConvert.parse(fromPem("CERTIFICATE REQUEST", pem), CertificationRequest);
  const { subject, subjectPKInfo, attributes } = request.certificationRequestInfo;
  const der = Buffer.from(AsnConvert.serialize(subjectPKInfo));
  const publicKey = createPublicKey({ key: der, type: "spki", format: "der" });
  return {
    subject: decodeName(subject),
    names: decodeAlternativeNames(requestedExtensions(attributes)),
    publicKey,
    signatureValid: isSignedBy(publicKey, {
      oid: request.signatureAlgorithm.algorithm,
      data: request.certificationRequestInfoRaw ?? AsnConvert.serialize(request.certificationRequestInfo),
      signature: request.signature,
    }),
    rawSubject: subject,
    rawPublicKey: subjectPKInfo,
  };
}

function requestedExtensions(attributes: Attributes): Extensions {
  const value = [...attributes].find(({ type }) => type === EXTENSION_REQUEST)?.values[0];
  return value ? AsnConvert.parse(value, Extensions) : new Extensions();
}

export interface RequestOptions extends AlternativeNames {
  readonly subject: Subject;
  readonly keyPem: string;
}

/** Makes a PEM `CERTIFICATE REQUEST` for the key, as a kubelet sends it. */
export function createCertificateRequest({ subject, keyPem, ...names }: RequestOptions): string {
  const spki = fromPem("PUBLIC KEY", publicPemOf(keyPem));
  const extensions = alternativeNameExtension(names);
  const wanted = new Attribute({ type: EXTENSION_REQUEST, values: [AsnConvert.serialize(new Extensions(extensions))] });
  const info = new CertificationRequestInfo({
    subject: encodeName(subject),
    subjectPKInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
    attributes: new Attributes(extensions.length > 0 ? [wanted] : []),
  });
  const signer = signerFor(createPrivateKey(keyPem));
  const request = new CertificationRequest({
    certificationRequestInfo: info,
    signatureAlgorithm: signer.algorithm,
    signature: signer.sign(AsnConvert.serialize(info)),
  });
  return toPem("CERTIFICATE REQUEST", AsnConvert.serialize(request));
}
