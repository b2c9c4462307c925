import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { CertificationRequest } from "@peculiar/asn1-csr";
import { AsnConvert } from "@peculiar/asn1-schema";
import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from "@peculiar/asn1-x509";
import { FakeClock, seededRandom } from "@dingi/base";
import {
  createCertificateAuthority,
  createCertificateRequest,
  generateKeys,
  parseCertificateRequest,
} from "@dingi/component-base";
import { describe } from "./peer-certificate.ts";

const now = new FakeClock().now();
const period = { notBefore: now, notAfter: now + 3_600_000 };
const authority = await createCertificateAuthority({ commonName: "ca", random: seededRandom(1), ...period });
const { privatePem: keyPem } = generateKeys();

test("who signs a request and who is shown the certificate see the same name, of several", async () => {
  const pem = await createCertificateRequest({ subject: { commonName: "x" }, keyPem });
  const der = Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
  const request = AsnConvert.parse(der, CertificationRequest);
  const parts = ["system:kube-controller-manager", "system:node:n1"].map(
    (utf8String) =>
      new RelativeDistinguishedName([
        new AttributeTypeAndValue({ type: "2.5.4.3", value: new AttributeValue({ utf8String }) }),
      ]),
  );
  request.certificationRequestInfo.subject = new Name(parts);
  delete request.certificationRequestInfoRaw;
  const text = Buffer.from(AsnConvert.serialize(request)).toString("base64");
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${text}\n-----END CERTIFICATE REQUEST-----\n`;
  const parsed = await parseCertificateRequest(forged);
  const certificate = authority.sign({ ...parsed, signatureValid: true }, { usages: ["client auth"], ...period });
  assert.equal(parsed.subject.commonName, "system:node:n1");
  assert.equal(describe(new X509Certificate(certificate)).commonName, "system:node:n1");
});

for (const [commonName, organization] of [
  ["a\\b+c,d", "o\n1"],
  ["Zoë\nO=system:masters", '"q" #<>;='],
  ["a\\4Fb", "é+ß"],
] as const)
  test(`a subject is read as it was written: ${JSON.stringify(commonName)}`, () => {
    const subject = { commonName, organizations: [organization] };
    const { certificatePem } = authority.issue({ subject, usages: [], ...period });
    const { commonName: name, organizations } = describe(new X509Certificate(certificatePem));
    assert.deepEqual([name, organizations], [commonName, [organization]]);
  });
