import type { AuthConfig } from "@dingi/cri";
import type { V1Secret } from "@dingi/api";
import { configOfSecret, type DockerConfig } from "./docker-config.ts";

/** Where credentials are meant for: "registry.example.com/team", "*.example.com:5000". */
interface Place {
  /** Between dots; each may be a glob. */
  readonly hostParts: readonly string[];
  readonly port: string;
  readonly path: string;
}

/** How Docker calls its own registry. */
const DEFAULT_REGISTRY = "index.docker.io";

/** What a pod's secrets hold for a repository ("docker.io/library/nginx"). Throws where a secret cannot be read. */
export function credentialsFor(secrets: readonly V1Secret[], repository: string): readonly AuthConfig[] {
  return lookUp(secrets.map(configOfSecret), repository);
}

/**
 * The credentials for a repository in the order in which they are to be tried: the most specific place first, and for one
 * place in the order of the configurations. Upstream: pkg/credentialprovider/keyring.go#BasicDockerKeyring
 */
export function lookUp(configs: readonly DockerConfig[], repository: string): readonly AuthConfig[] {
  const keyring = new Map<string, AuthConfig[]>();
  for (const [server, auth] of configs.flatMap((config) => Object.entries(config))) {
    const key = keyOf(server);
    keyring.set(key, [...(keyring.get(key) ?? []), auth]);
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
