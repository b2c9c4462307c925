import { decodeEnvelope, decodeProtobuf, type ApiResponse, type ServedKinds } from "@dingi/apimachinery";
import type { Filter } from "./filter.ts";

/** A list may be of any length, and what is recorded of it is held in memory. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Shows whoever audits the answer's object, before it is compressed.
 * Differs: an answer beyond 16 MiB is not recorded, and of a list in protobuf only what it is.
 */
export function recordAnswer(kinds: ServedKinds): Filter {
  return async (call, next) => {
    const response = await next(call);
    const { audit, info } = call;
    if (!audit?.wantsResponse || !info.isResource || info.verb === "watch") return response;
    if (response.object !== undefined) audit.answered(response.object);
    if (!response.body) return response;
    const { bytes, body } = await firstOf(response.body);
    if (bytes) audit.answered(objectOf({ ...response, body: bytes }, kinds));
    return { ...response, body };
  };
}

type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** The whole body, where it is not too long; and the body to be sent in its place. */
async function firstOf(body: Body): Promise<{ bytes?: Uint8Array; body: Body }> {
  if (body instanceof Uint8Array) return body.length > MAX_BYTES ? { body } : { bytes: body, body };
  const chunks: Uint8Array[] = [];
  let length = 0;
  const source = body[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await source.next();
    if (done) {
      const bytes = Buffer.concat(chunks);
      return { bytes, body: bytes };
    }
    chunks.push(value);
    length += value.length;
    if (length > MAX_BYTES) return { body: continued(chunks, source) };
  }
}

async function* continued(
  chunks: readonly Uint8Array[],
  source: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
    for (;;) {
      const { done, value } = await source.next();
      if (done) return;
      yield value;
    }
  } finally {
    await source.return?.();
  }
}

function objectOf({ body, headers }: ApiResponse, { scheme }: ServedKinds): unknown {
  const bytes = body as Uint8Array;
  const type = String(headers["content-type"]);
  if (type.startsWith("application/json")) return JSON.parse(Buffer.from(bytes).toString());
  if (!type.startsWith("application/vnd.kubernetes.protobuf")) return Buffer.from(bytes).toString();
  const { apiVersion, kind, raw } = decodeEnvelope(bytes);
  const schema = scheme.byKind(apiVersion, kind)?.versions[apiVersion]?.schema;
  return { apiVersion, kind, ...(schema ? (decodeProtobuf(schema, raw) as object) : {}) };
}
