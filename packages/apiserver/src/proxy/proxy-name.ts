import { newBadRequest } from "@dingi/apimachinery";

/** Whom a proxied request is for: "name", "name:port" or "scheme:name:port". */
interface ProxyName {
  /** "http", "https" or "". */
  readonly scheme: string;
  readonly name: string;
  /** A number or a port's name, or "". */
  readonly port: string;
}

const SCHEMES = new Set(["", "http", "https"]);

/** Throws StatusError 400. Upstream: apimachinery/pkg/util/net/port_split.go#SplitSchemeNamePort */
export function parseProxyName(text: string, what: string): ProxyName {
  const parts = text.split(":");
  const [scheme = "", name = "", port = ""] = parts.length < 3 ? ["", ...parts] : parts;
  if (parts.length > 3 || name === "" || !SCHEMES.has(scheme))
    throw newBadRequest(`invalid ${what} request ${JSON.stringify(text)}`);
  return { scheme, name, port };
}
