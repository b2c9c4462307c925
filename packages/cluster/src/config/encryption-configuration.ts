import { builtinKinds } from "@dingi/api";
import { readYaml } from "@dingi/apimachinery";
import type { Random } from "@dingi/base";
import {
  aesCbc,
  aesGcm,
  identity,
  type EncryptionKey,
  type EncryptionProvider,
  type EncryptionRule,
} from "@dingi/store";

const API_VERSION = "apiserver.config.k8s.io/v1";
const KIND = "EncryptionConfiguration";

interface KeyedProvider {
  readonly keys?: readonly { readonly name?: unknown; readonly secret?: unknown }[];
}

interface ResourceConfiguration {
  readonly resources?: unknown;
  readonly providers?: unknown;
}

/** Of each the key sizes that it takes, in bytes. */
const CIPHERS = {
  aesgcm: { sizes: [16, 24, 32], make: aesGcm },
  aescbc: { sizes: [32], make: aesCbc },
} as const;

/**
 * Upstream's EncryptionConfiguration. Throws an Error that says where it is wrong.
 * Differs: there are no secretbox and kms providers.
 * Upstream: apiserver/pkg/server/options/encryptionconfig/config.go, apiserver/pkg/apis/apiserver/validation/validation_encryption.go
 */
export function parseEncryptionConfiguration(text: string, random: Random): readonly EncryptionRule[] {
  const configuration = readYaml(text) as Record<string, unknown> | null;
  if (configuration?.["apiVersion"] !== API_VERSION || configuration["kind"] !== KIND)
    throw new Error(`it is no ${KIND} of ${API_VERSION}`);
  const { resources } = configuration as { resources?: unknown };
  if (!Array.isArray(resources) || resources.length === 0) throw new Error("resources: at least one item is required");
  return resources.map((each: ResourceConfiguration, i) => ruleOf(each, { at: `resources[${i}]`, random }));
}

interface Place {
  readonly at: string;
  readonly random: Random;
}

function ruleOf({ resources, providers }: ResourceConfiguration, { at, random }: Place): EncryptionRule {
  if (!isTexts(resources) || resources.length === 0)
    throw new Error(`${at}.resources: at least one resource is required`);
  if (!Array.isArray(providers) || providers.length === 0)
    throw new Error(`${at}.providers: at least one provider is required`);
  return {
    prefixes: resources.flatMap((resource) => prefixesOf(resource, `${at}.resources`)),
    providers: providers.flatMap((each: unknown, i) => providersOf(each, { at: `${at}.providers[${i}]`, random })),
  };
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");

/** Where a resource's objects are in the store: "secrets", "deployments.apps", "*.apps", "*." and "*.*". */
function prefixesOf(resource: string, at: string): string[] {
  const [plural = "", ...rest] = resource.split(".");
  const group = rest.join(".");
  if (resource !== resource.toLowerCase()) throw new Error(`${at}: resource name should not contain capital letters`);
  if (resource === "*")
    throw new Error(`${at}: use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources`);
  if (resource === "*.*") return ["/registry/"];
  const kinds = builtinKinds.filter((kind) => kind.group === group && (plural === "*" || kind.plural === plural));
  const known = kinds.map(({ storagePath }) => `/registry/${storagePath}/`);
  if (plural === "*") return group === "" ? known : [...known, `/registry/${group}/`];
  if (known.length > 0) return known;
  if (group === "") throw new Error(`${at}: there is no resource "${resource}"`);
  return [`/registry/${group}/${plural}/`];
}

function providersOf(provider: unknown, { at, random }: Place): EncryptionProvider[] {
  const names = Object.keys((provider ?? {}) as object);
  const [name = ""] = names;
  if (names.length > 1)
    throw new Error(
      `${at}: more than one provider specified in a single element, should split into different list elements`,
    );
  if (name === "identity") return [identity];
  if (name !== "aesgcm" && name !== "aescbc")
    throw new Error(`${at}: this server has the providers identity, aesgcm and aescbc, not "${name}"`);
  const { keys } = (provider as Record<string, KeyedProvider | null>)[name] ?? {};
  if (!Array.isArray(keys) || keys.length === 0) throw new Error(`${at}.${name}.keys: at least one key is required`);
  const { sizes, make } = CIPHERS[name];
  return keys.map((key, i) => make(keyOf(key, { at: `${at}.${name}.keys[${i}]`, sizes }), random));
}

function keyOf(
  { name, secret }: { readonly name?: unknown; readonly secret?: unknown },
  { at, sizes }: { readonly at: string; readonly sizes: readonly number[] },
): EncryptionKey {
  if (typeof name !== "string" || name === "") throw new Error(`${at}.name: name is a mandatory field for a key`);
  if (name.includes(":")) throw new Error(`${at}.name: it must not contain ':'`);
  if (typeof secret !== "string" || secret === "")
    throw new Error(`${at}.secret: secret is a mandatory field for a key`);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(secret)) throw new Error(`${at}.secret: secrets must be base64 encoded`);
  const bytes = Uint8Array.from(Buffer.from(secret, "base64"));
  if (!sizes.includes(bytes.length))
    throw new Error(
      `${at}.secret: secret is not of the expected length, got ${bytes.length}, expected one of [${sizes.join(" ")}]`,
    );
  return { name, secret: bytes };
}

/** Of a cluster's own configuration: the newest first. */
interface NamedSecret {
  readonly name: string;
  readonly secret: string;
}

const KEY_BYTES = 32;

/** A configuration of dingi's own making: what is written by the first key, what is read by all of them. */
export function formatEncryptionConfiguration(keys: readonly NamedSecret[]): string {
  return `# Made by dingi, and kept by it: "dingi encryption rotate" makes a new key. Whoever has a key of this file and the store
# reads the cluster's Secrets; without it, nobody does.
apiVersion: ${API_VERSION}
kind: ${KIND}
resources:
  - resources: [secrets, configmaps]
    providers:
      - aesgcm:
          keys:
${keys.map(({ name, secret }) => `            - { name: ${name}, secret: ${secret} }`).join("\n")}
      - identity: {}
`;
}

/** The keys of a file of `formatEncryptionConfiguration`. */
export function keysOfOwnConfiguration(text: string): readonly NamedSecret[] {
  const { resources } = readYaml(text) as { resources: { providers: { aesgcm?: { keys: NamedSecret[] } }[] }[] };
  return resources[0]!.providers[0]!.aesgcm!.keys;
}

/** With a new key in front. */
export function withNewKey(keys: readonly NamedSecret[], random: Random): readonly NamedSecret[] {
  const numbers = keys.map(({ name }) => Number(/^key-(\d+)$/.exec(name)?.[1] ?? 0));
  const name = `key-${1 + Math.max(0, ...numbers)}`;
  return [{ name, secret: Buffer.from(random.bytes(KEY_BYTES)).toString("base64") }, ...keys];
}
