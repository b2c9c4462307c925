import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { suite, test } from "node:test";
import { CertificationRequest } from "@peculiar/asn1-csr";
import { AsnConvert } from "@peculiar/asn1-schema";
import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from "@peculiar/asn1-x509";
import { FakeClock, seededRandom } from "@dingi/base";
import { CertificateAuthority } from "./certificate-authority.ts";
import { createCertificateRequest, parseCertificateRequest } from "./certificate-request.ts";
import { describeCertificate, generateKeys } from "./key-pair.ts";
import { fromPem, toPem } from "./pem.ts";

const now = new FakeClock().now();
const HOUR_MS = 3_600_000;
const random = seededRandom(4);
const period = { notBefore: now, notAfter: now + HOUR_MS };
const ca = CertificateAuthority.create({
  commonName: "kubernetes",
  random,
  notBefore: now,
  notAfter: now + 10 * HOUR_MS,
});
const node = { commonName: "system:node:node-1", organizations: ["system:nodes"] };
const usages = ["digital signature", "client auth"];

suite("certificate authority", () => {
  test("an authority signs itself and may sign others, which may not", () => {
    const own = new X509Certificate(ca.certificatePem);
    const leaf = new X509Certificate(ca.issue({ subject: node, usages, ...period }).certificatePem);
    assert.deepEqual([own.ca, leaf.ca], [true, false]);
    assert.ok(own.verify(own.publicKey) && leaf.verify(own.publicKey) && leaf.checkIssued(own));
    assert.deepEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
  });

  test("of a requested subject nothing is certified that nobody looked at", () => {
    const { privatePem: keyPem } = generateKeys();
    const parsed = parseCertificateRequest(createCertificateRequest({ subject: node, keyPem }));
    const attribute = (type: string, utf8String: string) =>
      new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String }) })]);
    const rawSubject = new Name([
      attribute("2.5.4.3", "first"),
      attribute("1.3.6.1.4.1.57683.2", "uid"),
      attribute("2.5.4.11", "unit"),
      attribute("2.5.4.3", "last"),
    ]);
    const { subject } = new X509Certificate(ca.sign({ ...parsed, rawSubject }, { usages, ...period }));
    assert.equal(subject, "OU=unit\nCN=last");
  });

  test("OpenSSL accepts the chain for its purpose", (t) => {
    const leaf = ca.issue({ subject: node, usages, ...period });
    const script = "cat >/tmp/$$.pem; openssl x509 -in /tmp/$$.pem -noout -text; rm /tmp/$$.pem";
    const openssl = spawnSync("sh", ["-c", script], { input: leaf.certificatePem, encoding: "utf8" });
    if (openssl.status !== 0) return t.skip("there is no openssl on this machine");
    assert.match(openssl.stdout, /Subject: O\s*=\s*system:nodes, CN\s*=\s*system:node:node-1/);
    assert.match(openssl.stdout, /Key Usage: critical\s+Digital Signature\s/);
    assert.match(openssl.stdout, /Basic Constraints: critical\s+CA:FALSE/);
  });

  test("nothing outlives the authority, and serial numbers differ", () => {
    const long = { notBefore: now, notAfter: now + 1000 * HOUR_MS };
    const [a, b] = [1, 2].map(() => describeCertificate(ca.issue({ subject: node, usages, ...long }).certificatePem));
    assert.equal(a!.notAfter, now + 10 * HOUR_MS);
    assert.notEqual(a!.serialNumber, b!.serialNumber);
  });

  test("a request is certified with its subject and names", () => {
    const keys = generateKeys();
    const names = { dnsNames: ["node-1"], ipAddresses: ["198.18.0.11", "fd00::1"] };
    const request = parseCertificateRequest(
      createCertificateRequest({ subject: node, keyPem: keys.privatePem, ...names }),
    );
    assert.deepEqual(request.subject, node);
    assert.deepEqual(request.names, { ...names, emailAddresses: [], uris: [] });
    const pem = ca.sign(request, { usages: ["key encipherment", "server auth"], ...period });
    const certificate = describeCertificate(pem);
    assert.deepEqual([certificate.commonName, certificate.organizations], ["system:node:node-1", ["system:nodes"]]);
    assert.deepEqual([certificate.dnsNames, certificate.ipAddresses], [names.dnsNames, names.ipAddresses]);
    assert.equal(new X509Certificate(pem).publicKey.export({ type: "spki", format: "pem" }), keys.publicPem);
  });

  test("a request whose signature is not its key's is refused", () => {
    const pem = createCertificateRequest({ subject: node, keyPem: generateKeys().privatePem });
    const forged = { ...parseCertificateRequest(pem), signatureValid: false };
    assert.throws(() => ca.sign(forged, { usages, ...period }), /signature is not valid/);
    const der = Buffer.from(pem.replace(/-----.*-----|\n/g, ""), "base64");
    der.write("system:node:node-2", der.indexOf("system:node:node-1"));
    const tampered = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
    assert.equal(parseCertificateRequest(pem).signatureValid, true);
    assert.equal(parseCertificateRequest(tampered).signatureValid, false);
  });

  test("requests by other keys and other programs are read", (t) => {
    for (const keys of [generateKeyPairSync("rsa", { modulusLength: 2048 }), generateKeyPairSync("ed25519")]) {
      const keyPem = keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      assert.ok(parseCertificateRequest(createCertificateRequest({ subject: node, keyPem })).signatureValid);
    }
    const script =
      "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout /dev/null -subj /O=a/O=b/CN=c 2>/dev/null";
    const openssl = spawnSync("sh", ["-c", script], { encoding: "utf8" });
    if (openssl.status !== 0) return t.diagnostic("there is no openssl on this machine");
    const request = parseCertificateRequest(openssl.stdout);
    assert.deepEqual([request.subject, request.signatureValid], [{ commonName: "c", organizations: ["a", "b"] }, true]);
  });

  test("what is no request, no pair or no usage is an error", () => {
    assert.throws(() => parseCertificateRequest("hello"), /no PEM block of the type "CERTIFICATE REQUEST"/);
    const cut = "-----BEGIN CERTIFICATE REQUEST-----\nMIIBAA==\n-----END CERTIFICATE REQUEST-----";
    assert.throws(() => parseCertificateRequest(cut));
    const other = { certificatePem: ca.certificatePem, keyPem: generateKeys().privatePem };
    assert.throws(() => new CertificateAuthority(other, random), /key does not belong/);
    assert.throws(() => ca.issue({ subject: node, usages: ["flying"], ...period }), /Unknown key usage "flying"/);
  });
});

suite("the subject of a certificate request", () => {
  const requestOf = (...parts: RelativeDistinguishedName[]) => {
    const pem = createCertificateRequest({ subject: node, keyPem: generateKeys().privatePem });
    const request = AsnConvert.parse(fromPem("CERTIFICATE REQUEST", pem), CertificationRequest);
    request.certificationRequestInfo.subject = new Name(parts);
    delete request.certificationRequestInfoRaw;
    return toPem("CERTIFICATE REQUEST", AsnConvert.serialize(request));
  };
  const part = (type: string, value: Partial<AttributeValue>) =>
    new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value: new AttributeValue(value) })]);

  test("is the last of several common names", () => {
    const pem = requestOf(part("2.5.4.3", { utf8String: "admin" }), part("2.5.4.3", { utf8String: "last" }));
    assert.equal(parseCertificateRequest(pem).subject.commonName, "last");
  });

  test("is refused in strings that others may read otherwise", () => {
    for (const value of [{ bmpString: "system:masters" }, { universalString: "system:masters" }])
      assert.throws(() => parseCertificateRequest(requestOf(part("2.5.4.10", value))), /string type/);
  });
});
