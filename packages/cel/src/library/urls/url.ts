import { CelError } from "../../value/error.ts";
import { quoteGo } from "../../value/text.ts";

/** The parts of a URL as Go's net/url splits it. */
export interface UrlParts {
  readonly text: string;
  readonly scheme: string;
  /** With the port. */
  readonly host: string;
  readonly path: string;
  readonly query: string;
}

/** An absolute URI or an absolute path, as a request line has it. Upstream: go/src/net/url/url.go#ParseRequestURI */
export function parseRequestUri(text: string): UrlParts | CelError {
  const flaw = (message: string): CelError => new CelError(`parse ${quoteGo(text)}: ${message}`);
  // oxlint-disable-next-line no-control-regex -- Control characters are what is looked for.
  if (/[\x00-\x1f\x7f]/.test(text)) return flaw("net/url: invalid control character in URL");
  if (text === "") return flaw("empty url");
  const split = splitScheme(text);
  if (split instanceof CelError) return flaw(split.message);
  const { scheme, rest } = split;
  const question = rest.indexOf("?");
  const [before, query] = question < 0 ? [rest, ""] : [rest.slice(0, question), rest.slice(question + 1)];
  if (!before.startsWith("/"))
    return scheme === "" ? flaw("invalid URI for request") : { text, scheme, host: "", path: "", query };
  return authority(text, { scheme, before, query }, flaw);
}

function splitScheme(text: string): { scheme: string; rest: string } | CelError {
  if (text.startsWith(":")) return new CelError("missing protocol scheme");
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text);
  if (match) return { scheme: match[1]!.toLowerCase(), rest: text.slice(match[0].length) };
  return { scheme: "", rest: text };
}

type Flaw = (message: string) => CelError;

function authority(
  text: string,
  parts: { scheme: string; before: string; query: string },
  flaw: Flaw,
): UrlParts | CelError {
  const { scheme, before, query } = parts;
  const hasHost = before.startsWith("//") && (scheme !== "" || before.startsWith("///") === false) && scheme !== "";
  const rest = hasHost ? before.slice(2) : before;
  const slash = hasHost ? (rest.includes("/") ? rest.indexOf("/") : rest.length) : 0;
  const host = rest.slice(0, slash).replace(/^.*@/, "");
  const wrong = hostFlaw(host) ?? escapeFlaw(rest.slice(slash));
  return wrong === undefined ? { text, scheme, host, path: rest.slice(slash), query } : flaw(wrong);
}

function hostFlaw(host: string): string | undefined {
  const bracket = host.lastIndexOf("]");
  if (host.startsWith("[") && bracket < 0) return "missing ']' in host";
  const port = /:[^:]*$/.exec(host.slice(bracket + 1))?.[0];
  if (port !== undefined && !/^:\d*$/.test(port)) return `invalid port ${quoteGo(port)} after host`;
  const bad = host.startsWith("[") ? undefined : /[ "<>\\^`{|}]/.exec(host)?.[0];
  return bad === undefined ? undefined : `invalid character ${quoteGo(bad)} in host name`;
}

function escapeFlaw(path: string): string | undefined {
  const bad = /%(?![0-9a-fA-F]{2})/.exec(path);
  return bad ? `invalid URL escape ${quoteGo(path.slice(bad.index, bad.index + 3))}` : undefined;
}

export function hostnameOf(host: string): string {
  const name = host.replace(/:\d*$/, "");
  return name.startsWith("[") && name.endsWith("]") ? name.slice(1, -1) : name;
}

export function portOf(host: string): string {
  return /:(\d*)$/.exec(host.replace(/^\[.*\]/, ""))?.[1] ?? "";
}

/** As it was written where that is a valid way to write it. */
export function escapedPathOf(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9\-_.~$&+,/:;=@%!'()*[\]]/gu, (point) => encodeURIComponent(point));
}

/** Key → values, in order. Pairs that cannot be read are left out. */
export function queryOf(query: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const pair of query.split("&")) {
    if (pair === "" || pair.includes(";")) continue;
    const equal = pair.indexOf("=");
    const key = unescape(equal < 0 ? pair : pair.slice(0, equal));
    const value = unescape(equal < 0 ? "" : pair.slice(equal + 1));
    if (key !== undefined && value !== undefined) values.set(key, [...(values.get(key) ?? []), value]);
  }
  return values;
}

function unescape(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
