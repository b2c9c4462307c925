import type { V1Secret } from "@dingi/api";
import { own } from "@dingi/base";
import type { AuthConfig } from "@dingi/cri";

interface Entry {
  readonly username?: string;
  readonly password?: string;
  /** base64 of "username:password"; stronger than the two. */
  readonly auth?: string;
}

/** Credentials by registry, "https://index.docker.io/v1/" for instance, as they are written there. */
export type DockerConfig = Readonly<Record<string, AuthConfig>>;

/** Upstream: pkg/credentialprovider/secrets/secrets.go */
export function configOfSecret({ type, data, metadata }: V1Secret): DockerConfig {
  const text = (key: string) => (data?.[key] ? Buffer.from(data[key], "base64").toString() : undefined);
  const json = type === "kubernetes.io/dockerconfigjson" ? text(".dockerconfigjson") : undefined;
  const legacy = type === "kubernetes.io/dockercfg" ? text(".dockercfg") : undefined;
  const what = `Pull secret "${metadata.name}"`;
  if (json !== undefined) return parseConfigJson(json, what);
  return legacy === undefined ? {} : parseDockercfg(legacy, what);
}

/** The newer form, of config.json. `what` names it in errors. */
export function parseConfigJson(text: string, what: string): DockerConfig {
  return configIn(own(objectIn(parse(text, what), what), "auths"), what);
}

/** The older form, of .dockercfg. */
export function parseDockercfg(text: string, what: string): DockerConfig {
  return configIn(parse(text, what), what);
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's words would quote the secret.
    throw new Error(`${what} holds no JSON`);
  }
}

const FIELDS = ["username", "password", "auth"] as const;

/** As Go reads it: null is what is absent, and anything else of another type is no configuration. */
function configIn(value: unknown, what: string): DockerConfig {
  const entries = Object.entries(objectIn(value, what)).map(([server, one]) => {
    const entry = objectIn(one, what);
    const texts = FIELDS.map((name) => [name, own(entry, name) ?? undefined] as const);
    if (texts.some(([, text]) => text !== undefined && typeof text !== "string")) throw noConfiguration(what);
    return [server, authOf(Object.fromEntries(texts))] as const;
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
