import { ADMIN, type TestServer } from "./test-server.ts";
import { peerOf } from "./peer.ts";

export interface ExchangeRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** How many lines of the answer are read before it is left; all of it when absent. */
  readonly lines: number | undefined;
  /** The body comes when `released` is fulfilled; `asked` is called when the server waits for it. */
  readonly withheld?: { readonly asked: () => void; readonly released: Promise<void> };
}

export interface ExchangeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

/** One request of the administrator to a test server, and its answer as it goes over the wire. */
export async function exchange(api: TestServer, request: ExchangeRequest): Promise<ExchangeAnswer> {
  const { method, headers, body, withheld } = request;
  const [path = "", query = ""] = request.url.split("?");
  const left = new AbortController();
  const bytes = Buffer.from(body ?? "");
  const readBody = async () => {
    withheld?.asked();
    await withheld?.released;
    return bytes;
  };
  const response = await api.server.handler.handle({
    method,
    path,
    query: new URLSearchParams(query),
    headers,
    peer: peerOf(ADMIN, api.clock.now() + 1),
    signal: left.signal,
    ...(body === undefined ? {} : { readBody }),
  });
  const text = method === "HEAD" ? "" : await read(response.body, request.lines);
  left.abort();
  const entries = Object.entries(response.headers).map(([name, value]) => [
    name.toLowerCase(),
    typeof value === "string" ? value : value.join("\n"),
  ]);
  return { status: response.status, headers: Object.fromEntries(entries) as Record<string, string>, text };
}

async function read(
  body: Uint8Array | AsyncIterable<Uint8Array> | undefined,
  lines: number | undefined,
): Promise<string> {
  if (body === undefined) return "";
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  let text = "";
  for await (const chunk of body) {
    text += Buffer.from(chunk).toString();
    if (lines !== undefined && text.split("\n").length > lines) break;
  }
  return text;
}
