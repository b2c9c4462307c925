import { constants, verify } from "node:crypto";
import { own } from "@dingi/base";
import type { PublicJsonWebKey } from "./json-web-key.ts";
import type { SignedToken } from "./signed-token.ts";

interface Algorithm {
  readonly hash: "sha256" | "sha384" | "sha512";
  readonly keyType: "RSA" | "EC";
  /** Of an elliptic curve. */
  readonly curve?: string;
  readonly isPss?: true;
}

/** No others are believed: there is no "none", and no secret that both sides know. */
const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  ES256: { hash: "sha256", keyType: "EC", curve: "P-256" },
  ES384: { hash: "sha384", keyType: "EC", curve: "P-384" },
  ES512: { hash: "sha512", keyType: "EC", curve: "P-521" },
  PS256: { hash: "sha256", keyType: "RSA", isPss: true },
  PS384: { hash: "sha384", keyType: "RSA", isPss: true },
  PS512: { hash: "sha512", keyType: "RSA", isPss: true },
  RS256: { hash: "sha256", keyType: "RSA" },
  RS384: { hash: "sha384", keyType: "RSA" },
  RS512: { hash: "sha512", keyType: "RSA" },
};

/** Upstream: apiserver/plugin/pkg/authenticator/token/oidc/oidc.go#AllValidSigningAlgorithms */
export const SIGNING_ALGORITHMS: readonly string[] = Object.keys(ALGORITHMS);

/** Whether the key has signed the token. A key is good for the algorithms of its own type and curve only. */
export function hasSigned({ keyId, keyType, curve, key }: PublicJsonWebKey, token: SignedToken): boolean {
  if (token.keyId !== "" && token.keyId !== keyId) return false;
  const algorithm = own(ALGORITHMS, token.algorithm);
  if (!algorithm || algorithm.keyType !== keyType || algorithm.curve !== curve) return false;
  const padding = algorithm.isPss
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
    : {};
  try {
    return verify(algorithm.hash, token.signed, { key, dsaEncoding: "ieee-p1363", ...padding }, token.signature);
  } catch {
    // OpenSSL finds the signature, or a key, too odd to look at.
    return false;
  }
}
