/** The grammar of image references. Upstream: github.com/distribution/reference, pkg/util/parsers/parsers.go */
const COMPONENT = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const HOST = `(?:${COMPONENT}(?:\\.${COMPONENT})*|\\[(?:[a-fA-F0-9:]+)\\])`;
const DOMAIN = `${HOST}(?::[0-9]+)?`;
const PATH_COMPONENT = "[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*";
const PATH = `${PATH_COMPONENT}(?:/${PATH_COMPONENT})*`;
const TAG = "[\\w][\\w.-]{0,127}";
const DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
const REFERENCE = new RegExp(`^((?:${DOMAIN}/)?${PATH})(?::(${TAG}))?(?:@(${DIGEST}))?$`);
const IDENTIFIER = /^[a-f0-9]{64}$/;
const DIGEST_LENGTHS: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };
const MAX_NAME = 255;
const DEFAULT_DOMAIN = "docker.io";

export interface ImageReference {
  /** With the registry: "docker.io/library/busybox". */
  readonly repository: string;
  /** "latest" where neither tag nor digest is given, else empty where there is none. */
  readonly tag: string;
  readonly digest: string;
}

/** Undefined where the text is no image reference. */
export function parseImageReference(image: string): ImageReference | undefined {
  if (IDENTIFIER.test(image)) return undefined;
  const match = REFERENCE.exec(withDomain(image));
  if (!match || match[1]!.length > MAX_NAME) return undefined;
  const [, repository, tag = "", digest = ""] = match;
  if (digest !== "" && !isDigest(digest)) return undefined;
  return { repository: repository!, tag: tag === "" && digest === "" ? "latest" : tag, digest };
}

/** The first part is a registry when it has a dot, a port or an upper-case letter, or is localhost. */
function withDomain(image: string): string {
  const slash = image.indexOf("/");
  const first = image.slice(0, slash);
  if (slash < 0) return `${DEFAULT_DOMAIN}/library/${image}`;
  if (first === "index.docker.io") return `${DEFAULT_DOMAIN}${image.slice(slash)}`;
  const isDomain = /[.:]/.test(first) || first === "localhost" || first.toLowerCase() !== first;
  return isDomain ? image : `${DEFAULT_DOMAIN}/${image}`;
}

function isDigest(digest: string): boolean {
  const [algorithm, hex] = digest.split(":") as [string, string];
  return DIGEST_LENGTHS[algorithm] === hex.length && hex === hex.toLowerCase();
}

/** An image that moves is pulled each time. */
export function defaultPullPolicy(image: string): "Always" | "IfNotPresent" {
  return parseImageReference(image)?.tag === "latest" ? "Always" : "IfNotPresent";
}
