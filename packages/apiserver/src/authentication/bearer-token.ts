import { newUnauthorized, type ApiRequest } from "@dingi/apimachinery";

/** Browsers cannot set headers of a WebSocket, so the token may come as one of the subprotocols offered. */
export const TOKEN_PROTOCOL = "base64url.bearer.authorization.k8s.io.";

/**
 * The bearer token of a request. Throws StatusError 401 for one in a form that cannot be read.
 * Upstream: apiserver/pkg/authentication/request/{bearertoken/bearertoken,websocket/protocol}.go
 */
export function bearerToken(request: ApiRequest): string | undefined {
  const header = request.headers["authorization"];
  const [scheme, token] = header === undefined ? [] : header.trim().split(" ");
  if (scheme?.toLowerCase() === "bearer" && token) return token;
  return request.upgrade ? tokenOfWebSocket(request) : undefined;
}

function tokenOfWebSocket({ headers }: ApiRequest): string | undefined {
  if (headers["upgrade"]?.toLowerCase() !== "websocket") return undefined;
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  const tokens = offered.filter((name) => name.startsWith(TOKEN_PROTOCOL));
  if (tokens.length === 0) return undefined;
  const token = Buffer.from(tokens[0]!.slice(TOKEN_PROTOCOL.length), "base64url").toString();
  if (tokens.length > 1 || offered.length === 1 || token === "" || token.includes("\uFFFD")) throw newUnauthorized();
  return token;
}
