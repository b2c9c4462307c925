import { posix } from "node:path";

export interface LinkPlace {
  /** The path that stands before the target's own: "/api/v1/namespaces/ns/pods/p/proxy". */
  readonly prefix: string;
  /** "10.0.0.5:80", as a page may name its own server. */
  readonly authority: string;
  /** What the client called this server. */
  readonly requestHost: string;
}

const PARTS = /^([a-z][a-z0-9+.-]*:)?(\/\/[^/?#]*)?([^?#]*)(.*)$/is;

/** A link to the target's own server, so that it leads through the proxy; others as they are. Upstream: apimachinery/pkg/util/proxy/transport.go#rewriteURL */
export function rewriteLink(link: string, { prefix, authority, requestHost }: LinkPlace): string {
  const [, scheme = "", slashesAndHost = "", path = "", rest = ""] = PARTS.exec(link) ?? [];
  const host = slashesAndHost.slice(2);
  const isElsewhere = host !== "" && host !== authority && host !== requestHost;
  if (isElsewhere || !path.startsWith("/")) return link;
  const origin = host !== "" && host === requestHost ? `${scheme}${slashesAndHost}` : "";
  if (path.startsWith(prefix)) return `${origin}${path}${rest}`;
  return `${origin}${joinKeepingSlash(prefix, path)}${rest}`;
}

function joinKeepingSlash(prefix: string, path: string): string {
  const joined = posix.join(prefix, path).replace(/\/$/, "");
  return path.endsWith("/") ? `${joined}/` : joined;
}
