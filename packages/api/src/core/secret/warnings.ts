import { createPrivateKey, X509Certificate } from "node:crypto";
import type { V1Secret } from "./secret.gen.ts";

/** A TLS secret that no server could use. Upstream: pkg/registry/core/secret/strategy.go#warningsForSecret */
export function secretWarnings({ type, data = {} }: V1Secret): string[] {
  if (type !== "kubernetes.io/tls") return [];
  const problem = keyPairProblem(text(data["tls.crt"]), text(data["tls.key"]));
  return problem === undefined ? [] : [problem];
}

const text = (base64: string | undefined): string => Buffer.from(base64 ?? "", "base64").toString();

/** In the words of Go's crypto/tls#X509KeyPair, where a cause has words of its own. */
function keyPairProblem(certificate: string, key: string): string | undefined {
  if (!certificate.includes("-----BEGIN ")) return "tls: failed to find any PEM data in certificate input";
  if (!certificate.includes("-----BEGIN CERTIFICATE-----")) {
    return 'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: []';
  }
  if (!key.includes("-----BEGIN ")) return "tls: failed to find any PEM data in key input";
  try {
    const matches = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
    return matches ? undefined : "tls: private key does not match public key";
  } catch {
    return "tls: failed to parse private key";
  }
}
