import { isIP } from "node:net";
import { goQuote } from "@dingi/apimachinery";
import { checkEscapes, escapeUser, unescape, UrlError } from "./go-url-escape.ts";

export interface GoUrl {
  readonly scheme: string;
  readonly host: string;
  readonly user: string | undefined;
  readonly fragment: string;
  readonly query: string;
}

/** Throws UrlError where Go would not read it. Upstream: go/src/net/url/url.go#Parse */
export function parseGoUrl(text: string): GoUrl {
  const [main, fragment] = cut(text, "#");
  const parts = named(main, () => parseMain(main));
  named(text, () => checkEscapes(fragment));
  return { ...parts, fragment: unescape(fragment) };
}

function named<T>(text: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    throw new UrlError(`parse ${goQuote(text)}: ${error.message}`, { cause: error });
  }
}

function parseMain(text: string): Omit<GoUrl, "fragment"> {
  if (/[\p{Cc}--[\u0080-\u009f]]/v.test(text)) throw new UrlError("net/url: invalid control character in URL");
  if (text.startsWith(":")) throw new UrlError("missing protocol scheme");
  const given = /^[A-Za-z][A-Za-z0-9+.-]*(?=:)/.exec(text)?.[0] ?? "";
  const scheme = given.toLowerCase();
  const [rest, query] = cut(given === "" ? text : text.slice(given.length + 1), "?");
  return { scheme, query, ...(scheme === "" ? parseReference(rest) : parseHierarchy(scheme, rest)) };
}

type Authority = Pick<GoUrl, "host" | "user">;

const NO_AUTHORITY: Authority = { host: "", user: undefined };

/** What has no scheme. */
function parseReference(text: string): Authority {
  if (text.startsWith("/") && !text.startsWith("///")) return parseHierarchy("", text);
  if (!text.startsWith("/") && cut(text, "/")[0].includes(":"))
    throw new UrlError("first path segment in URL cannot contain colon");
  checkEscapes(text);
  return NO_AUTHORITY;
}

function parseHierarchy(scheme: string, text: string): Authority {
  if (!text.startsWith("/")) return NO_AUTHORITY;
  const hasAuthority = text.startsWith("//");
  const [authority, path] = hasAuthority ? cut(text.slice(2), "/") : ["", text];
  const parsed = hasAuthority ? parseAuthority(scheme, authority) : NO_AUTHORITY;
  checkEscapes(path);
  return parsed;
}

function parseAuthority(scheme: string, authority: string): Authority {
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  checkHost(scheme, host);
  if (at < 0) return { host: unescape(host), user: undefined };
  const user = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) throw new UrlError("net/url: invalid userinfo");
  for (const part of cut(user, ":")) checkEscapes(part);
  return {
    host: unescape(host),
    user: user.includes(":") ? cut(user, ":").map(escapeUser).join(":") : escapeUser(user),
  };
}

/** Upstream: …#parseHost */
function checkHost(scheme: string, host: string): void {
  const open = host.lastIndexOf("[");
  if (open > 0) throw new UrlError("invalid IP-literal");
  if (open === 0) {
    checkIpLiteral(host);
    return;
  }
  const isStrict = scheme === "http" || scheme === "https";
  const colon = isStrict ? host.indexOf(":") : host.lastIndexOf(":");
  if (colon >= 0) checkPort(host.slice(colon));
  checkEscapes(host, "host");
}

function checkIpLiteral(host: string): void {
  const close = host.lastIndexOf("]");
  if (close < 0) throw new UrlError("missing ']' in host");
  checkPort(host.slice(close + 1));
  const literal = host.slice(1, close);
  const zone = literal.indexOf("%25");
  checkEscapes(zone < 0 ? literal : literal.slice(0, zone), "host");
  if (zone >= 0) checkEscapes(literal.slice(zone), "zone");
  checkAddress(unescape(literal));
}

/** Upstream: go/src/net/netip/netip.go#ParseAddr, which has more words for what is wrong */
function checkAddress(text: string): void {
  const [address, zone] = cut(text, "%");
  const isBare = address === text;
  if (isBare && isIP(address) === 4) throw new UrlError("invalid IP-literal");
  if (isIP(address) === 6 && (isBare || zone !== "")) return;
  throw new UrlError(`invalid host: ParseAddr(${goQuote(text)}): unable to parse IP`);
}

function checkPort(port: string): void {
  if (!/^(:[0-9]*)?$/.test(port)) throw new UrlError(`invalid port ${goQuote(port)} after host`);
}

/** What stands before and behind the first of these. */
function cut(text: string, separator: string): [before: string, behind: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
