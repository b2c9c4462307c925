import { DecodeError, decodeObject, type StructSchema } from "@dingi/apimachinery";

interface AnsweredKind {
  readonly kind: string;
  readonly schema: StructSchema;
}

interface Answered {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
}

/** The review that a webhook answers with. Throws an Error for what cannot be read, and for another kind or version. */
export function decodeReviewAnswer<T extends Answered>(
  body: Uint8Array,
  { kind, schema }: AnsweredKind,
  apiVersion: string,
): T {
  try {
    const value = decodeObject(body, schema).value as T;
    if (value.kind === kind && value.apiVersion === apiVersion) return value;
    throw new Error(`the webhook answered with a "${value.kind}" of "${value.apiVersion}", not a ${kind}`);
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new Error(`the webhook's answer cannot be read: ${cause.message}`, { cause });
  }
}
