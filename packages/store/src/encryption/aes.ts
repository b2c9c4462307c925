import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Random } from "@dingi/base";
import type { EncryptionProvider } from "./provider.ts";

export interface EncryptionKey {
  readonly name: string;
  readonly secret: Uint8Array;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const BLOCK_BYTES = 16;

/**
 * AES-GCM with a random nonce, bound to the value's key in the store. The bytes are upstream's, which can read them.
 * A key is good for some four thousand million values. Upstream: apiserver/pkg/storage/value/encrypt/aes/aes.go#NewGCMTransformer
 */
export function aesGcm({ name, secret }: EncryptionKey, random: Random): EncryptionProvider {
  const mark = `k8s:enc:aesgcm:v1:${name}:`;
  const cipher = `aes-${8 * secret.length}-gcm` as const;
  return {
    mark,
    seal(plain, context) {
      const nonce = random.bytes(NONCE_BYTES);
      const sealing = createCipheriv(cipher as "aes-256-gcm", secret, nonce);
      sealing.setAAD(Buffer.from(context));
      return joined([Buffer.from(mark), nonce, sealing.update(plain), sealing.final(), sealing.getAuthTag()]);
    },
    open(sealed, context) {
      const body = sealed.subarray(mark.length);
      if (body.length < NONCE_BYTES + TAG_BYTES) throw new Error("the value is too short to be encrypted");
      const opening = createDecipheriv(cipher as "aes-256-gcm", secret, body.subarray(0, NONCE_BYTES));
      opening.setAAD(Buffer.from(context));
      opening.setAuthTag(body.subarray(-TAG_BYTES));
      return joined([opening.update(body.subarray(NONCE_BYTES, -TAG_BYTES)), opening.final()]);
    },
  };
}

/** Not authenticated: to read what others have written. Upstream: …/encrypt/aes/cbc.go */
export function aesCbc({ name, secret }: EncryptionKey, random: Random): EncryptionProvider {
  const mark = `k8s:enc:aescbc:v1:${name}:`;
  const cipher = `aes-${8 * secret.length}-cbc`;
  return {
    mark,
    seal(plain) {
      const nonce = random.bytes(BLOCK_BYTES);
      const sealing = createCipheriv(cipher, secret, nonce);
      return joined([Buffer.from(mark), nonce, sealing.update(plain), sealing.final()]);
    },
    open(sealed) {
      const body = sealed.subarray(mark.length);
      const opening = createDecipheriv(cipher, secret, body.subarray(0, BLOCK_BYTES));
      return joined([opening.update(body.subarray(BLOCK_BYTES)), opening.final()]);
    },
  };
}

/** Alone in its buffer, as the store wants it. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
