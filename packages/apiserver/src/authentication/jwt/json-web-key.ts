import { createPublicKey, type JsonWebKeyInput, type KeyObject } from "node:crypto";

/** What a signature is verified by. */
export interface PublicJsonWebKey {
  readonly keyId: string;
  readonly keyType: "RSA" | "EC";
  readonly curve?: string;
  readonly key: KeyObject;
}

/** A token that does not name its key is tried with each. */
const MAX_KEYS = 100;
/** Verifying takes the longer the larger it is. */
const MAX_MODULUS_BITS = 8192;
const MIN_MODULUS_BITS = 1024;
const CURVES = ["P-256", "P-384", "P-521"];

/**
 * The keys of a JSON Web Key Set that can be used; others in it are passed over. Throws an Error for what is no set.
 * Upstream: github.com/go-jose/go-jose/jwk.go#JSONWebKeySet
 */
export function parseKeySet(body: Uint8Array): readonly PublicJsonWebKey[] {
  const set = JSON.parse(Buffer.from(body).toString()) as { readonly keys?: unknown } | null;
  const { keys } = set ?? {};
  if (!Array.isArray(keys)) throw new Error('it has no list "keys"');
  if (keys.length > MAX_KEYS) throw new Error(`it has ${keys.length} keys, which is more than ${MAX_KEYS}`);
  return keys.flatMap((key: unknown) => parseKey(key) ?? []);
}

function parseKey(value: unknown): PublicJsonWebKey | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { kid, kty, crv } = value as { readonly kid?: unknown; readonly kty?: unknown; readonly crv?: unknown };
  const keyId = typeof kid === "string" ? kid : "";
  if (kty === "RSA") return rsaKey(keyId, value);
  if (kty === "EC" && typeof crv === "string" && CURVES.includes(crv)) return ecKey(keyId, crv, value);
  return undefined;
}

function rsaKey(keyId: string, { n, e }: { n?: unknown; e?: unknown }): PublicJsonWebKey | undefined {
  // Before anybody reckons with it.
  if (!isText(n, MAX_MODULUS_BITS / 4) || !isText(e, 6)) return undefined;
  const key = publicKey({ kty: "RSA", n, e });
  const bits = key?.asymmetricKeyDetails?.modulusLength ?? 0;
  return key && bits >= MIN_MODULUS_BITS && bits <= MAX_MODULUS_BITS ? { keyId, keyType: "RSA", key } : undefined;
}

function ecKey(keyId: string, curve: string, { x, y }: { x?: unknown; y?: unknown }): PublicJsonWebKey | undefined {
  if (!isText(x, 200) || !isText(y, 200)) return undefined;
  const key = publicKey({ kty: "EC", crv: curve, x, y });
  return key && { keyId, keyType: "EC", curve, key };
}

const isText = (value: unknown, longest: number): value is string =>
  typeof value === "string" && value.length <= longest;

function publicKey(key: JsonWebKeyInput["key"]): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: "jwk" });
  } catch {
    return undefined;
  }
}
