import {
  boolYaml11Tag,
  dump,
  FAILSAFE_SCHEMA,
  floatCoreTag,
  intCoreTag,
  loadAll,
  mergeTag,
  nullYaml11Tag,
  Schema,
} from "js-yaml";

/** How to reach one cluster as one user. */
export interface KubeconfigEntry {
  /** Of the context, the cluster and the user. */
  readonly name: string;
  /** "https://127.0.0.1:6443" */
  readonly server: string;
  readonly certificateAuthorityPem: string;
  readonly credentials: { readonly certificatePem: string; readonly keyPem: string } | { readonly token: string };
  readonly namespace?: string;
}

type Named = { readonly name?: unknown } & Record<string, unknown>;

/** A kubeconfig as it was read: what we do not know stays in it. */
export type Kubeconfig = Record<string, unknown>;

/** As kubectl reads it, except that times stay text. */
const SCHEMA = new Schema([...FAILSAFE_SCHEMA.tags, nullYaml11Tag, boolYaml11Tag, intCoreTag, floatCoreTag, mergeTag]);

/** Throws TypeError when the text is no kubeconfig. An empty text is an empty one. */
export function parseKubeconfig(text: string): Kubeconfig {
  let documents: unknown[];
  try {
    documents = loadAll(text, { schema: SCHEMA });
  } catch (cause) {
    throw new TypeError("It is not valid YAML", { cause });
  }
  if (documents.length > 1) throw new TypeError("It holds several documents");
  const value = documents[0];
  if (value === undefined || value === null) return { apiVersion: "v1", kind: "Config" };
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError("It is not a mapping");
  for (const list of ["clusters", "users", "contexts"]) {
    const entries = (value as Kubeconfig)[list] ?? [];
    if (!Array.isArray(entries)) throw new TypeError(`Its "${list}" is not a list`);
  }
  return value as Kubeconfig;
}

export function formatKubeconfig(config: Kubeconfig): string {
  return dump(config, { lineWidth: -1, noRefs: true });
}

/** A kubeconfig with this entry only, as YAML. */
export function buildKubeconfig(entry: KubeconfigEntry): string {
  return formatKubeconfig(withEntry({ apiVersion: "v1", kind: "Config" }, entry));
}

/** The same with the entry in it, made the current one; the user's namespace for its context stays. */
export function withEntry(config: Kubeconfig, entry: KubeconfigEntry): Kubeconfig {
  const { name, server, certificateAuthorityPem, credentials, namespace } = entry;
  const cluster = { server, "certificate-authority-data": base64(certificateAuthorityPem) };
  const user =
    "token" in credentials
      ? { token: credentials.token }
      : {
          "client-certificate-data": base64(credentials.certificatePem),
          "client-key-data": base64(credentials.keyPem),
        };
  const kept = listOf(config, "contexts").find((context) => context.name === name)?.["context"];
  const context = {
    ...(namespace !== undefined && { namespace }),
    ...(kept as object | undefined),
    cluster: name,
    user: name,
  };
  return {
    ...config,
    clusters: replaced(listOf(config, "clusters"), { name, cluster }),
    users: replaced(listOf(config, "users"), { name, user }),
    contexts: replaced(listOf(config, "contexts"), { name, context }),
    "current-context": name,
  };
}

/** The same without the context, cluster and user of this name. */
export function withoutEntry(config: Kubeconfig, name: string): Kubeconfig {
  const without = (list: string) => listOf(config, list).filter((other) => other.name !== name);
  const lists = Object.fromEntries(["clusters", "users", "contexts"].map((list) => [list, without(list)]));
  return { ...config, ...lists, ...(config["current-context"] === name && { "current-context": "" }) };
}

export function hasEntry(config: Kubeconfig, name: string): boolean {
  return ["clusters", "users", "contexts"].some((list) => listOf(config, list).some((other) => other.name === name));
}

function listOf(config: Kubeconfig, list: string): Named[] {
  return (config[list] ?? []) as Named[];
}

/** In the old one's place, so that the file's order stays. */
function replaced(list: readonly Named[], entry: Named): Named[] {
  const at = list.findIndex(({ name }) => name === entry.name);
  return at < 0 ? [...list, entry] : list.with(at, entry);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
