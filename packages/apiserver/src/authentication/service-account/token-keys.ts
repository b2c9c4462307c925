import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import type { TokenClaims } from "./claims.ts";
import type { LegacyClaims } from "./legacy-token.ts";
import { parseClaims } from "./parse-claims.ts";

const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** Signs and verifies service account tokens: ES256 or RS256, by the kind of key. */
export class TokenKeys {
  readonly #private: KeyObject;
  readonly #public: KeyObject;
  readonly #algorithm: "ES256" | "RS256";
  readonly keyId: string;

  constructor(privateKeyPem: string) {
    this.#private = createPrivateKey(privateKeyPem);
    this.#public = createPublicKey(this.#private);
    this.#algorithm = this.#private.asymmetricKeyType === "ec" ? "ES256" : "RS256";
    this.keyId = createHash("sha256")
      .update(this.#public.export({ type: "spki", format: "der" }))
      .digest("base64url");
  }

  sign(claims: TokenClaims): string {
    const head = encode({ alg: this.#algorithm, kid: this.keyId });
    const text = `${head}.${encode(claims)}`;
    const signature = sign("sha256", Buffer.from(text), { key: this.#private, dsaEncoding: "ieee-p1363" });
    return `${text}.${signature.toString("base64url")}`;
  }

  /** The claims of a token with a good signature; undefined for anything else. Times and audiences are not looked at. */
  verify(token: string): TokenClaims | LegacyClaims | undefined {
    const [head, payload, signature, ...rest] = token.split(".");
    if (!head || !payload || !signature || rest.length > 0) return undefined;
    // Node's decoder passes over what is no base64url; a token is read in one way or not at all.
    if (![head, payload, signature].every((part) => BASE64URL.test(part))) return undefined;
    const header = decode(head) as { readonly alg?: unknown } | null | undefined;
    if (header?.alg !== this.#algorithm) return undefined;
    const key = { key: this.#public, dsaEncoding: "ieee-p1363" as const };
    const good = verify("sha256", Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, "base64url"));
    return good ? parseClaims(decode(payload)) : undefined;
  }

  /** `/openid/v1/jwks` */
  jwks(): object {
    return { keys: [{ use: "sig", kid: this.keyId, alg: this.#algorithm, ...this.#public.export({ format: "jwk" }) }] };
  }

  get algorithm(): string {
    return this.#algorithm;
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    return undefined;
  }
}
