import { posix } from "node:path";
import type { ApiRequest, ApiResponse } from "@dingi/apimachinery";
import { relay, type RelayTarget } from "./relay.ts";
import { rewriteAnswer } from "./rewrite-answer.ts";

export type ProxyTarget = Pick<RelayTarget, "connection" | "tls" | "authority">;

const PROXY_PATH = /^(\/+api\/+[^/]+\/+(?:namespaces\/+[^/]+\/+)?[^/]+\/+[^/]+\/+proxy)(.*)$/;

/** "/api/v1/namespaces/n/pods/p/proxy/a/b" → what stands before the target's own path, and that path, as they were sent. */
function splitProxyPath(path: string): { prefix: string; rest: string } {
  const [, prefix = path, rest = ""] = PROXY_PATH.exec(path) ?? [];
  return { prefix, rest };
}

/** Relative links of a target's root need a slash to start from. Upstream: …/util/proxy/upgradeaware.go#proxyRedirectsforRootPath */
export function redirectToRoot({ method, path, query, upgrade }: ApiRequest): ApiResponse | undefined {
  if (upgrade || (method !== "GET" && method !== "HEAD") || splitProxyPath(path).rest !== "") return undefined;
  const location = `${path}/${query.size === 0 ? "" : `?${query}`}`;
  return { status: 301, headers: { location }, body: new Uint8Array() };
}

/** Passes a request on to what serves below a "proxy" path, whose links come back rewritten. */
export async function relayProxied(request: ApiRequest, target: ProxyTarget): Promise<ApiResponse> {
  const { prefix, rest } = splitProxyPath(request.path);
  const requestHost = hostOf(request);
  const host = requestHost === "" ? target.authority : requestHost;
  const answer = await relay(request, {
    ...target,
    path: `${rest === "" ? "/" : rest}${request.query.size === 0 ? "" : `?${request.query}`}`,
    headers: { host, ...forwardedHeaders(request, `${prefix}${rest}`) },
  });
  return rewriteAnswer(answer, { prefix, authority: target.authority, requestHost });
}

const hostOf = ({ headers }: ApiRequest): string => headers["host"] ?? headers[":authority"] ?? "";

function forwardedHeaders({ headers, peer }: ApiRequest, path: string): Record<string, string> {
  const before = headers["x-forwarded-for"];
  const cleaned = posix.normalize(path).replace(/\/$/, "");
  return {
    "x-forwarded-for": before === undefined ? peer.address : `${before}, ${peer.address}`,
    "x-forwarded-uri": path.endsWith("/") ? `${cleaned}/` : cleaned,
  };
}
