import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { Random } from "@dingi/base";
import { CommandError } from "../command-error.ts";
import type { Json } from "../json.ts";
import { flag, flagList, numberFlag, type Flags } from "../flags.ts";

export interface Generator {
  readonly command: string;
  readonly alias?: string;
  readonly description: string;
  /** Flags, description, and whether it may be given several times. */
  readonly options: readonly (readonly [string, string, boolean?])[];
  make(name: string, given: Given): Json;
}

interface Given {
  readonly flags: Flags;
  readonly args: readonly string[];
  readonly random: Random;
}

const SOURCES = [
  ["--from-literal <key=value>", "a key and its value", true],
  ["--from-file <[key=]path>", "a file, or a directory of files", true],
  ["--from-env-file <path>", "a file of key=value lines", true],
] as const;

/** Upstream: kubectl/pkg/cmd/create */
export const generators: readonly Generator[] = [
  {
    command: "deployment",
    alias: "deploy",
    description: "Create a deployment with the specified name",
    options: [
      ["--image <image>", "image to run", true],
      ["-r, --replicas <n>", "number of replicas"],
      ["--port <port>", "the port that the container exposes"],
    ],
    make: deployment,
  },
  {
    command: "namespace",
    alias: "ns",
    description: "Create a namespace with the specified name",
    options: [],
    make: (name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name }, spec: {}, status: {} }),
  },
  {
    command: "serviceaccount",
    alias: "sa",
    description: "Create a service account with the specified name",
    options: [],
    make: (name) => ({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name } }),
  },
  {
    command: "configmap",
    alias: "cm",
    description: "Create a config map from a local file, directory or literal value",
    options: SOURCES,
    make: (name, { flags }) => configMap(name, readSources(flags)),
  },
  {
    command: "secret generic",
    description: "Create a secret from a local file, directory, or literal value",
    options: [...SOURCES, ["--type <type>", "the type of secret to create"]],
    make: (name, { flags }) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name },
      ...(flag(flags, "type") ? { type: flag(flags, "type") } : {}),
      ...data(
        "data",
        [...readSources(flags)].map(([key, value]) => [key, value.toString("base64")]),
      ),
    }),
  },
];

function deployment(name: string, { flags, args, random }: Given): Json {
  const images = flagList(flags, "image")
    .flatMap((image) => image.split(","))
    .filter((image) => image !== "");
  if (flagList(flags, "image").length === 0) throw new CommandError('required flag(s) "image" not set');
  if (images.length > 1 && args.length > 0)
    throw new CommandError("cannot specify multiple --image options and command");
  const port = numberFlag(flags, "port");
  const labels = { app: name };
  const containers = images.map((image) => ({
    name: containerName(image, random),
    image,
    ...(args.length > 0 ? { command: args } : {}),
    ...(port === undefined ? {} : { ports: [{ containerPort: port }] }),
    resources: {},
  }));
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels },
    spec: {
      replicas: numberFlag(flags, "replicas") ?? 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
      strategy: {},
    },
    status: {},
  };
}

/** Two names may become the same when they lose what a container's may not have: these get something of their own. */
function containerName(image: string, random: Random): string {
  const [name = ""] = image.slice(image.lastIndexOf("/") + 1).split(/[:@]/);
  return /[_.]/.test(name) ? `${name.replaceAll(/[_.]/g, "-")}-${random.suffix(5)}` : name;
}

function configMap(name: string, sources: ReadonlyMap<string, Buffer>): Json {
  const texts = [...sources].filter(([, value]) => isText(value));
  const binaries = [...sources].filter(([, value]) => !isText(value));
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name },
    ...data(
      "data",
      texts.map(([key, value]) => [key, value.toString()]),
    ),
    ...data(
      "binaryData",
      binaries.map(([key, value]) => [key, value.toString("base64")]),
    ),
  };
}

function data(field: string, entries: [string, string][]): Json {
  return entries.length === 0 ? {} : { [field]: Object.fromEntries(entries) };
}

function isText(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString()).equals(bytes);
}

function readSources(flags: Flags): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  const add = (key: string, value: Buffer) => {
    if (found.has(key))
      throw new CommandError(`cannot add key "${key}", another key by that name already exists in Data`);
    found.set(key, value);
  };
  for (const literal of flagList(flags, "fromLiteral")) add(...pair(literal));
  for (const source of flagList(flags, "fromFile"))
    for (const [key, path] of filesOf(source)) add(key, readFileSync(path));
  for (const path of flagList(flags, "fromEnvFile")) for (const line of envLines(path)) add(...pair(line));
  return found;
}

function pair(text: string): [string, Buffer] {
  const split = text.indexOf("=");
  if (split < 1) throw new CommandError(`invalid literal source ${text}, expected key=value`);
  return [text.slice(0, split), Buffer.from(text.slice(split + 1).replace(/^(["'])(.*)\1$/s, "$2"))];
}

function filesOf(source: string): [string, string][] {
  const split = source.indexOf("=");
  const path = source.slice(split + 1);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new CommandError(`error reading ${path}: no such file or directory`);
  if (!found.isDirectory()) return [[split < 0 ? basename(path) : source.slice(0, split), path]];
  if (split >= 0) throw new CommandError("cannot give a key name for a directory path");
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => [entry.name, join(path, entry.name)]);
}

function envLines(path: string): string[] {
  return readFileSync(path, "utf8")
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
