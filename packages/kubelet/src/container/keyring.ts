import type { AuthConfig } from "@dingi/cri";
import type { V1Secret } from "@dingi/api";
import { own } from "@dingi/base";

interface Entry {
  readonly username?: string;
  readonly password?: string;
  /** base64 of "username:password"; stronger than the two. */
  readonly auth?: string;
}

type DockerConfig = Readonly<Record<string, Entry>>;

/** Where credentials are meant for: "registry.example.com/team", "*.example.com:5000". */
interface Place {
  /** Between dots; each may be a glob. */
  readonly hostParts: readonly string[];
  readonly port: string;
  readonly path: string;
}

/** How Docker calls its own registry. */
const DEFAULT_REGISTRY = "index.docker.io";

/**
 * The credentials that pod's secrets hold for a repository ("docker.io/library/nginx"), in the order in which they are to
 * be tried: the most specific place first, and for one place as the pod lists its secrets. Throws where a secret cannot be
 * read. Upstream: pkg/credentialprovider/keyring.go#BasicDockerKeyring
 */
export function credentialsFor(secrets: readonly V1Secret[], repository: string): readonly AuthConfig[] {
  const keyring = new Map<string, AuthConfig[]>();
  for (const secret of secrets) {
    for (const [server, entry] of Object.entries(dockerConfigOf(secret) ?? {})) {
      const key = keyOf(server);
      keyring.set(key, [...(keyring.get(key) ?? []), authOf(entry)]);
    }
  }
  const image = placeOf(repository);
  // Sorted backwards, a place comes before those that it lies in.
  const matching = [...keyring.keys()]
    .sort()
    .reverse()
    .filter((key) => matches(placeOf(key), image));
  if (matching.length > 0) return matching.flatMap((key) => keyring.get(key)!);
  return isDefaultRegistry(repository) ? (keyring.get(DEFAULT_REGISTRY) ?? []) : [];
}

/** Upstream: pkg/credentialprovider/secrets/secrets.go */
function dockerConfigOf({ type, data, metadata }: V1Secret): DockerConfig | undefined {
  const text = (key: string) => (data?.[key] ? Buffer.from(data[key], "base64").toString() : undefined);
  const json = type === "kubernetes.io/dockerconfigjson" ? text(".dockerconfigjson") : undefined;
  const legacy = type === "kubernetes.io/dockercfg" ? text(".dockercfg") : undefined;
  const what = `Pull secret "${metadata.name}"`;
  if (json !== undefined) return configIn(field(parse(json, what), "auths", what), what);
  return legacy === undefined ? undefined : configIn(parse(legacy, what), what);
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's words would quote the secret.
    throw new Error(`${what} holds no JSON`);
  }
}

function field(value: unknown, name: string, what: string): unknown {
  return own(objectIn(value, what), name);
}

const FIELDS = ["username", "password", "auth"] as const;

/** As Go reads it: null is what is absent, and anything else of another type is no configuration. */
function configIn(value: unknown, what: string): DockerConfig {
  const entries = Object.entries(objectIn(value, what)).map(([server, one]) => {
    const entry = objectIn(one, what);
    const texts = FIELDS.map((name) => [name, own(entry, name) ?? undefined] as const);
    if (texts.some(([, text]) => text !== undefined && typeof text !== "string")) throw noConfiguration(what);
    return [server, Object.fromEntries(texts)] as const;
  });
  return Object.fromEntries(entries);
}

function objectIn(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw noConfiguration(what);
  return value as Readonly<Record<string, unknown>>;
}

function noConfiguration(what: string): Error {
  return new Error(`${what} holds no docker configuration: registries' names with username, password and auth`);
}

/** Upstream: pkg/credentialprovider/config.go#decodeDockerConfigFieldAuth */
function authOf({ username = "", password = "", auth = "" }: Entry): AuthConfig {
  if (auth === "") return { username, password };
  const decoded = Buffer.from(auth, "base64").toString();
  const colon = decoded.indexOf(":");
  if (colon < 0) throw new Error("unable to parse auth field, must be formatted as base64(username:password)");
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** Of "https://index.docker.io/v1/", the host alone: /v1/ and /v2/ belong to the registry's own interface. */
function keyOf(server: string): string {
  const { host, path } = split(server.replace(/^https?:\/\//, ""));
  const own = path.replace(/^\/v[12]\//, "/");
  return own === "/" ? host : host + own;
}

function split(place: string): { host: string; path: string } {
  const [, host = "", path = ""] = /^(?:[^/?#]*@)?([^/?#]*)([^?#]*)/.exec(place) ?? [];
  return { host, path };
}

function placeOf(text: string): Place {
  const { host, path } = split(text);
  const [, name = host, port = ""] = /^(.*?)(?::(\d*))?$/.exec(host) ?? [];
  return { hostParts: name.split("."), port, path };
}

/** Ports are equal, paths begin alike, and each part of the host fits. Upstream: pkg/credentialprovider/keyring.go#URLsMatch */
function matches(glob: Place, image: Place): boolean {
  if (glob.port !== image.port || glob.hostParts.length !== image.hostParts.length) return false;
  return (
    image.path.startsWith(glob.path) && glob.hostParts.every((part, at) => globMatches(part, image.hostParts[at]!))
  );
}

/**
 * Of globs, only `*` can stand in a host: `?` begins a query, and brackets an address of IPv6. Each piece is taken where it
 * first fits, and nothing is tried again: as a regular expression, a secret with many stars would hold up the whole node.
 */
function globMatches(glob: string, text: string): boolean {
  const [first = "", ...pieces] = glob.split("*");
  const last = pieces.pop();
  if (last === undefined) return glob === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** Whether an image without a registry's name, or with Docker's own. Upstream: pkg/credentialprovider/keyring.go#isDefaultRegistryMatch */
function isDefaultRegistry(repository: string): boolean {
  const [first = "", ...rest] = repository.split("/");
  if (first === "") return false;
  return rest.length === 0 || first === "docker.io" || first === DEFAULT_REGISTRY || !/[.:]/.test(first);
}
