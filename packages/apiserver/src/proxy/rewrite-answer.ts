import { createDeflateRaw, createGunzip, createGzip, createInflateRaw } from "node:zlib";
import { pipeline, Readable, type Transform } from "node:stream";
import type { ApiResponse } from "@dingi/apimachinery";
import { HtmlLinks } from "./html-links.ts";
import { rewriteLink, type LinkPlace } from "./link-rewriter.ts";

/** Would let other sites' pages act as whoever is logged in here. */
const CROSS_ORIGIN = [
  "access-control-allow-credentials",
  "access-control-allow-headers",
  "access-control-allow-methods",
  "access-control-allow-origin",
];

const CODINGS: Readonly<Record<string, () => { decode: Transform; encode: Transform }>> = {
  gzip: () => ({ decode: createGunzip(), encode: createGzip() }),
  deflate: () => ({ decode: createInflateRaw(), encode: createDeflateRaw() }),
};

/** The answer of a pod or a Service with its links leading through the proxy. Upstream: apimachinery/pkg/util/proxy/transport.go#RoundTrip */
export function rewriteAnswer(answer: ApiResponse, place: LinkPlace): ApiResponse {
  const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !CROSS_ORIGIN.includes(name)));
  const location = headers["location"];
  if (typeof location === "string" && location !== "")
    return { ...answer, headers: { ...headers, location: rewriteLink(location, place) } };
  const type = String(headers["content-type"] ?? "")
    .split(";")[0]!
    .trim();
  const coding = String(headers["content-encoding"] ?? "");
  const isPage = type === "text/html" && (coding === "" || Object.hasOwn(CODINGS, coding));
  if (!isPage || answer.body === undefined || answer.body instanceof Uint8Array) return { ...answer, headers };
  const { "content-length": _, ...rest } = headers;
  return { ...answer, headers: rest, body: rewritePage(answer.body, coding, place) };
}

function rewritePage(body: AsyncIterable<Uint8Array>, coding: string, place: LinkPlace): AsyncIterable<Uint8Array> {
  const codec = CODINGS[coding]?.();
  if (!codec) return rewritten(body, place);
  const plain = pipeline(Readable.from(body), codec.decode, ignore);
  return pipeline(Readable.from(rewritten(plain, place)), codec.encode, ignore);
}

/** The reader of the last stream meets the error. */
function ignore(): void {}

async function* rewritten(body: AsyncIterable<Uint8Array>, place: LinkPlace): AsyncGenerator<Uint8Array> {
  const links = new HtmlLinks((link) => rewriteLink(link, place));
  for await (const piece of body) {
    const done = links.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString("latin1"));
    if (done !== "") yield Buffer.from(done, "latin1");
  }
  const rest = links.end();
  if (rest !== "") yield Buffer.from(rest, "latin1");
}
