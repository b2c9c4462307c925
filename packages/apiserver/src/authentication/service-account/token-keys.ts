import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";
import type { TokenClaims } from "./claims.ts";
import type { LegacyClaims } from "./legacy-token.ts";
import { parseSignedToken } from "../jwt/signed-token.ts";
import { hasSigned } from "../jwt/verify-signature.ts";
import { parseClaims } from "./parse-claims.ts";

/** By curve, as Node calls it: what is signed with such a key, and the curve's name in a JSON Web Key. */
const CURVES: Readonly<Record<string, { readonly algorithm: string; readonly curve: string; readonly hash: string }>> =
  {
    prime256v1: { algorithm: "ES256", curve: "P-256", hash: "sha256" },
    secp384r1: { algorithm: "ES384", curve: "P-384", hash: "sha384" },
    secp521r1: { algorithm: "ES512", curve: "P-521", hash: "sha512" },
  };
const RSA = { algorithm: "RS256", hash: "sha256" };

interface VerifyingKey {
  readonly keyId: string;
  readonly algorithm: string;
  readonly hash: string;
  readonly keyType: "RSA" | "EC";
  readonly curve?: string;
  readonly key: KeyObject;
}

/** Signs service account tokens with one key, and verifies them with that and older or other ones: ECDSA or RSA. */
export class TokenKeys {
  readonly #private: KeyObject;
  /** That which signs is the first. */
  readonly #keys: readonly VerifyingKey[];

  /** @param others PEM, of private or public keys, each of which may hold several. Throws an Error for what is none. */
  constructor(privateKeyPem: string, others: readonly string[] = []) {
    this.#private = createPrivateKey(privateKeyPem);
    const all = [verifyingKey(createPublicKey(this.#private)), ...others.flatMap(publicKeysOf)];
    this.#keys = all.filter(({ keyId }, i) => all.findIndex((other) => other.keyId === keyId) === i);
  }

  /** Of the key that signs. */
  get keyId(): string {
    return this.#keys[0]!.keyId;
  }

  sign(claims: TokenClaims): string {
    const { algorithm, keyId, hash } = this.#keys[0]!;
    const text = `${encode({ alg: algorithm, kid: keyId })}.${encode(claims)}`;
    const signature = sign(hash, Buffer.from(text), { key: this.#private, dsaEncoding: "ieee-p1363" });
    return `${text}.${signature.toString("base64url")}`;
  }

  /** The claims of a token with a good signature; undefined for anything else. Times and audiences are not looked at. */
  verify(token: string): TokenClaims | LegacyClaims | undefined {
    const signed = parseSignedToken(token);
    if (!signed) return undefined;
    const isGood = this.#keys.some((key) => key.algorithm === signed.algorithm && hasSigned(key, signed));
    return isGood ? parseClaims(signed.claims) : undefined;
  }

  /** `/openid/v1/jwks` */
  jwks(): object {
    const keys = this.#keys.map(({ keyId: kid, algorithm: alg, key }) => ({
      use: "sig",
      kid,
      alg,
      ...key.export({ format: "jwk" }),
    }));
    return { keys };
  }

  get algorithms(): readonly string[] {
    return [...new Set(this.#keys.map(({ algorithm }) => algorithm))].toSorted();
  }
}

/** Upstream: client-go/util/keyutil/key.go#ParsePublicKeysPEM */
function publicKeysOf(pem: string): VerifyingKey[] {
  const found = pem.match(/-----BEGIN [A-Z0-9 ]+-----[^-]+-----END [A-Z0-9 ]+-----/g) ?? [];
  const keys = found
    .filter((text) => !text.startsWith("-----BEGIN EC PARAMETERS"))
    .map((text) => createPublicKey(text));
  if (keys.length === 0) throw new Error("data does not contain any valid RSA or ECDSA public keys");
  return keys.map(verifyingKey);
}

/** Upstream: pkg/serviceaccount/jwt.go#keyIDFromPublicKey */
function verifyingKey(key: KeyObject): VerifyingKey {
  const der = key.export({ type: "spki", format: "der" });
  const keyId = createHash("sha256").update(der).digest("base64url");
  if (key.asymmetricKeyType === "rsa") return { keyId, keyType: "RSA", key, ...RSA };
  const how = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ""];
  if (!how) throw new Error(`a key of type "${key.asymmetricKeyType}" cannot sign tokens of service accounts`);
  return { keyId, keyType: "EC", key, ...how };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
