import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { V1Container, V1LifecycleHandler } from "@dingi/api";
import { joinHostPort } from "@dingi/apimachinery";
import type { Host } from "../host/host.ts";
import { netErrorText } from "./net-error-text.ts";

export type HttpGetAction = NonNullable<V1LifecycleHandler["httpGet"]>;

/** What a probe or a hook asks for. */
interface HttpGetRequest {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** With the query, as it goes on the wire. */
  readonly target: string;
  /** In order; a name may come again. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

interface HttpGetAnswer {
  readonly status: number;
  /** At most 10 KiB. */
  readonly body: string;
}

const MAX_BODY = 10 * 1024;
const MAX_REDIRECTS = 10;
const FOLLOWED = new Set([301, 302, 303, 307, 308]);

/** What Go writes itself, whatever headers say. Upstream: net/http/request.go#reqWriteExcludeHeader */
const NOT_SENT = new Set(["host", "content-length", "transfer-encoding", "trailer"]);

/** Upstream: pkg/probe/http/request.go#NewRequestForHTTPGetAction */
export function httpGetRequest(
  action: HttpGetAction,
  target: { readonly container: V1Container; readonly podIp: string; readonly userAgent: string },
): HttpGetRequest {
  return {
    secure: action.scheme?.toUpperCase() === "HTTPS",
    host: action.host || target.podIp,
    port: portOf(action.port, target.container),
    target: requestTarget(action.path ?? ""),
    headers: headersOf(action.httpHeaders ?? [], target.userAgent),
  };
}

/** Upstream: pkg/probe/util.go#ResolveContainerPort */
export function portOf(port: number | string, container: V1Container): number {
  const found = typeof port === "number" ? port : container.ports?.find(({ name }) => name === port)?.containerPort;
  if (found === undefined) throw new Error(`port ${JSON.stringify(port)} not found`);
  if (found > 0 && found < 65_536) return found;
  throw new Error(`invalid port number: ${found}`);
}

/** An empty User-Agent or Accept takes the default away without another in its place. */
function headersOf(
  given: readonly { name: string; value: string }[],
  userAgent: string,
): (readonly [string, string])[] {
  const has = (wanted: string) => given.some(({ name }) => name.toLowerCase() === wanted);
  const first = (wanted: string) => given.find(({ name }) => name.toLowerCase() === wanted)?.value;
  return [
    ...(has("user-agent") ? [] : [["User-Agent", userAgent] as const]),
    ...(has("accept") ? [] : [["Accept", "*/*"] as const]),
    ...(first("host") ? [["Host", first("host")!] as const] : []),
    ...given.flatMap(({ name, value }) => {
      const lower = name.toLowerCase();
      const isDefault = lower === "user-agent" || lower === "accept";
      if (NOT_SENT.has(lower) || (isDefault && !first(lower))) return [];
      return [[name, value] as const];
    }),
  ];
}

/** A path that is no URL is sent as it is, escaped; a fragment never is. Upstream: pkg/probe/http/request.go#formatURL */
function requestTarget(text: string): string {
  const isUrl = !/%(?![0-9a-fA-F]{2})/.test(text);
  if (!isUrl) return rooted(escape(text.replace(/[%?#]/g, encodeURIComponent)));
  const [withoutFragment = ""] = text.split("#");
  const local = withoutFragment.replace(/^(?:[a-zA-Z][\w+.-]*:)?\/\/[^/?]*/, "");
  const query = local.indexOf("?");
  return query < 0
    ? rooted(escape(local))
    : `${rooted(escape(local.slice(0, query)))}?${escape(local.slice(query + 1))}`;
}

function rooted(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

function escape(text: string): string {
  return text.replace(/[^\w\-.~!$&'()*+,;=:@[\]/%?]/gu, (char) => encodeURIComponent(char));
}

/** `http://10.0.0.1:80/path`, as errors name it. */
export function urlOf({ secure, target, ...where }: HttpGetRequest): string {
  return `${secure ? "https" : "http"}://${joinHostPort(where.host, where.port)}${target}`;
}

/**
 * Gets it, following redirects within the host: one that leads elsewhere is the answer. Certificates are not verified: it
 * is asked whether something answers, not who. What fails rejects with Go's words.
 * Upstream: pkg/probe/http/http.go#RedirectChecker
 */
export async function httpGet(
  request: HttpGetRequest,
  options: { readonly host: Host; readonly signal: AbortSignal },
): Promise<HttpGetAnswer> {
  let current = request;
  try {
    for (let hops = 0; ; hops++) {
      const response = await once(current, options);
      const next =
        FOLLOWED.has(response.status) && response.location ? redirected(current, response.location) : undefined;
      if (!next || next.host !== request.host) return response;
      if (hops + 1 >= MAX_REDIRECTS) throw new Error(`stopped after ${MAX_REDIRECTS} redirects`);
      current = next;
    }
  } catch (error) {
    const text = netErrorText(error, {
      address: joinHostPort(current.host, current.port),
      signal: options.signal,
      http: true,
    });
    throw new Error(`Get ${JSON.stringify(urlOf(current))}: ${text}`, { cause: error });
  }
}

/** Undefined for a place that cannot be gone to. */
function redirected(from: HttpGetRequest, location: string): HttpGetRequest | undefined {
  const url = URL.parse(location, urlOf(from));
  if (url?.protocol !== "http:" && url?.protocol !== "https:") return undefined;
  const secure = url.protocol === "https:";
  const isRelative = URL.parse(location) === null;
  const referer = from.secure && !secure ? [] : [["Referer", urlOf(from)] as const];
  // The Host header is kept where the place is named without a host.
  const headers = from.headers.filter(([name]) => name !== "Referer" && (isRelative || name.toLowerCase() !== "host"));
  return {
    secure,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port || (secure ? 443 : 80)),
    target: `${url.pathname}${url.search}`,
    headers: [...headers, ...referer],
  };
}

async function once(
  get: HttpGetRequest,
  { host, signal }: { readonly host: Host; readonly signal: AbortSignal },
): Promise<HttpGetAnswer & { location: string | undefined }> {
  const socket = await host.dial(get.host, get.port, signal);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = get.headers.some(([name]) => name.toLowerCase() === "host")
    ? get.headers
    : [["Host", joinHostPort(get.host, get.port)] as const, ...get.headers];
  const common = { path: get.target, headers: [...headers, ["Connection", "close"]].flat(), signal };
  try {
    // With an agent of its own, a request would not use the connection it is given.
    const request = get.secure
      ? httpsRequest({ ...common, agent: false, rejectUnauthorized: false, socket: socket as never } as never)
      : httpRequest({ ...common, createConnection: () => socket as never } as never);
    request.on("error", reject).on("response", resolve).end();
    const response = await promise;
    return { status: response.statusCode ?? 0, body: await bodyOf(response), location: response.headers.location };
  } finally {
    socket.destroy();
  }
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= MAX_BODY) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY).toString();
}
