import type { X509Certificate } from "node:crypto";
import { invalid, type FieldError, type FieldPath } from "@dingi/apimachinery";

/** What OpenSSL writes of one name: "DNS:a.example.org", or in quotation marks when it is odd. */
const NAME = /(DNS|email):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g;
const ADDRESS = /^[^\s@<>]+@[^\s@<>]+$/;

/** Names that no client can make sense of. Upstream: pkg/apis/certificates/validation/validation.go#ValidatePodCertificateRequestStatusUpdate */
export function alternativeNameErrors({ subjectAltName = "" }: X509Certificate, field: FieldPath): FieldError[] {
  const names = [...subjectAltName.matchAll(NAME)].map(([, type, text]) => ({ type, name: plain(text!) }));
  const dns = names.filter(({ type }) => type === "DNS");
  const emails = names.filter(({ type }) => type === "email");
  return [
    ...dns.flatMap(({ name }) => dnsProblems(name).map((text) => invalid(field, name, `leaf certificate${text}`))),
    ...emails
      .filter(({ name }) => !ADDRESS.test(name))
      .map(({ name }) => invalid(field, name, "leaf certificate should not contain invalid EmailAddress")),
  ];
}

const plain = (text: string): string => (text.startsWith('"') ? (JSON.parse(text) as string) : text);

function dnsProblems(name: string): string[] {
  return [
    ...(name === "" ? [" should not contain empty DNSName"] : []),
    ...(name.includes("..") ? ["'s DNSName should not contain '..'"] : []),
    ...(/^\.|\.$/.test(name) ? ["'s DNSName should not start or end with '.'"] : []),
  ];
}
