import { constants, createGzip, gzip } from "node:zlib";
import { promisify } from "node:util";
import type { ApiRequest, ApiResponse } from "@dingi/apimachinery";

/** Smaller answers cost more to compress than they cost to send. */
const THRESHOLD_BYTES = 128 * 1024;
/** As upstream: fast, as most answers go over short ways. */
const OPTIONS = { level: constants.Z_BEST_SPEED };
const gzipAsync = promisify(gzip);

/**
 * A large answer in gzip, for who accepts it; the work is done on zlib's threads.
 * Upstream: apiserver/pkg/endpoints/handlers/responsewriters/writers.go#deferredResponseWriter
 */
export async function compress(request: ApiRequest, response: ApiResponse): Promise<ApiResponse> {
  const { body } = response;
  // What another server answers may be encoded already.
  if (body === undefined || response.headers["content-encoding"] !== undefined) return response;
  if (!acceptsGzip(request.headers["accept-encoding"])) return response;
  if (!(body instanceof Uint8Array)) return await compressStream(response, body);
  if (body.length <= THRESHOLD_BYTES) return response;
  return gzipped(response, await gzipAsync(body, OPTIONS));
}

export function acceptsGzip(header: string | undefined): boolean {
  return header !== undefined && header.split(",").some((name) => name.split(";")[0]!.trim() === "gzip");
}

function gzipped(response: ApiResponse, body: NonNullable<ApiResponse["body"]>): ApiResponse {
  const { "content-length": _length, ...headers } = response.headers;
  return { ...response, headers: { ...headers, "content-encoding": "gzip", vary: "Accept-Encoding" }, body };
}

/** Looks at the beginning first: whether a stream is long is not known before. */
async function compressStream(response: ApiResponse, body: AsyncIterable<Uint8Array>): Promise<ApiResponse> {
  const source = body[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let length = 0;
  while (length <= THRESHOLD_BYTES) {
    const next = await source.next();
    if (next.done) return { ...response, body: Buffer.concat(head, length) };
    head.push(next.value);
    length += next.value.length;
  }
  return gzipped(response, through(head, source));
}

async function* through(head: readonly Uint8Array[], source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const zip = createGzip(OPTIONS);
  const feeding = feed(zip, head, source);
  try {
    yield* zip as AsyncIterable<Uint8Array>;
    await feeding;
  } finally {
    zip.destroy();
    await source.return?.();
  }
}

async function feed(
  zip: ReturnType<typeof createGzip>,
  head: readonly Uint8Array[],
  source: AsyncIterator<Uint8Array>,
): Promise<void> {
  try {
    for (const chunk of head) await write(zip, chunk);
    for (let next = await source.next(); !next.done; next = await source.next()) await write(zip, next.value);
    zip.end();
  } catch (error) {
    zip.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

function write(zip: ReturnType<typeof createGzip>, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    zip.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}
