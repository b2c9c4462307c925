import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CommandError } from "../command-error.ts";
import { at, listAt, textAt } from "../json.ts";
import type { Kubeconfig, Named } from "./kubeconfig.ts";

export interface ConnectionFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  readonly server?: string;
  readonly token?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly certificateAuthority?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly tlsServerName?: string;
  readonly as?: string;
  readonly asGroup?: readonly string[];
  readonly asUid?: string;
  /** "key=value" */
  readonly asUserExtra?: readonly string[];
}

/** How the server is reached, and as whom. Certificates and keys are PEM. */
export interface Connection {
  readonly server: string;
  readonly namespace: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: () => string;
  readonly insecure: boolean;
  /** The name in the server's certificate, when it is not the one in the address. */
  readonly servername?: string;
  /** Whom to impersonate. */
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/** Upstream: client-go/tools/clientcmd/client_config.go#DirectClientConfig.ClientConfig */
export function resolveConnection(config: Kubeconfig, flags: ConnectionFlags): Connection {
  const { context, cluster, clusterName, user } = entriesOf(config, flags);
  const clusterFiles = pemOf(
    { entry: cluster, name: clusterName },
    { certificateAuthority: flags.certificateAuthority },
  );
  const userFiles = pemOf({ entry: user, name: user?.name ?? "" }, flags);
  return {
    server: withScheme((flags.server ?? textAt(cluster?.value, "server")) || "localhost:8080"),
    namespace: (flags.namespace ?? textAt(context?.value, "namespace")) || "default",
    insecure: flags.insecureSkipTlsVerify ?? at(cluster?.value, "insecure-skip-tls-verify") === true,
    ...optional("ca", clusterFiles("certificateAuthority", "certificate-authority")),
    ...optional("cert", userFiles("clientCertificate", "client-certificate", "client-cert")),
    ...optional("key", userFiles("clientKey", "client-key")),
    ...optional("servername", flags.tlsServerName ?? (textAt(cluster?.value, "tls-server-name") || undefined)),
    headers: impersonation(user, flags),
    ...credentials(user, flags.token),
  };
}

/** The entries of the kubeconfig that are used; what was asked for by name has to be there. */
function entriesOf(config: Kubeconfig, flags: ConnectionFlags) {
  const contextName = flags.context ?? config.currentContext;
  const context = find(config.contexts, contextName);
  if (flags.context !== undefined && !context) {
    throw new CommandError(`Error in configuration: context was not found for specified context: ${flags.context}`, {
      prefixed: false,
    });
  }
  const clusterName = flags.cluster ?? textAt(context?.value, "cluster");
  const cluster = find(config.clusters, clusterName);
  if (!cluster && flags.cluster !== undefined) throw new CommandError(`no server found for cluster "${clusterName}"`);
  const user = find(config.users, flags.user ?? textAt(context?.value, "user"));
  if (!user && flags.user !== undefined) throw new CommandError(`auth info "${flags.user}" does not exist`);
  return { context, cluster, clusterName, user };
}

type FileFlag = "certificateAuthority" | "clientCertificate" | "clientKey";

/** Reads what a flag names, or else what the entry holds or names; `shown` is the field's name in errors. */
function pemOf(
  { entry, name }: { entry: Named | undefined; name: string },
  flags: { readonly [F in FileFlag]?: string | undefined },
): (flag: FileFlag, field: string, shown?: string) => string | undefined {
  return (flag, field, shown = field) => {
    const path = flags[flag];
    return path ? pemFile(path, { field: shown, name }) : pem(entry, field);
  };
}

function find(list: readonly Named[], name: string): Named | undefined {
  return list.find((entry) => entry.name === name);
}

/** Inline data wins over a file. */
function pem(entry: Named | undefined, field: string): string | undefined {
  const data = textAt(entry?.value, `${field}-data`);
  if (data !== "") return Buffer.from(data, "base64").toString();
  const file = textAt(entry?.value, field);
  if (!entry || file === "") return undefined;
  return pemFile(resolve(entry.directory, file), { field, name: entry.name });
}

function pemFile(path: string, { field, name }: { field: string; name: string }): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "no such file or directory" : message;
    throw new CommandError(`unable to read ${field} ${path} for ${name} due to open ${path}: ${why}`, { cause });
  }
}

/** An address without a scheme is plain HTTP. */
function withScheme(server: string): string {
  return /^https?:\/\//.test(server) ? server.replace(/\/+$/, "") : `http://${server}`;
}

/** Upstream: client-go/transport/round_trippers.go#impersonatingRoundTripper */
function impersonation(user: Named | undefined, flags: ConnectionFlags): Record<string, string | string[]> {
  const name = flags.as ?? textAt(user?.value, "as");
  const rest = impersonatedAttributes(user, flags);
  if (name !== "") return { "impersonate-user": name, ...rest };
  if (Object.keys(rest).length > 0)
    throw new CommandError(`requesting uid, groups or user-extra for ${user?.name ?? ""} without impersonating a user`);
  return {};
}

function impersonatedAttributes(user: Named | undefined, flags: ConnectionFlags): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  const uid = flags.asUid ?? textAt(user?.value, "as-uid");
  if (uid !== "") headers["impersonate-uid"] = uid;
  const inConfig = at(user?.value, "as-groups");
  const groups = flags.asGroup ?? (Array.isArray(inConfig) ? inConfig.map(String) : []);
  if (groups.length > 0) headers["impersonate-group"] = [...groups];
  for (const pair of flags.asUserExtra ?? []) {
    const split = pair.indexOf("=");
    const key = `impersonate-extra-${encodeURIComponent(split < 0 ? pair : pair.slice(0, split)).toLowerCase()}`;
    headers[key] = [...(headers[key] ?? []), split < 0 ? "" : pair.slice(split + 1)];
  }
  return headers;
}

function credentials(
  user: Named | undefined,
  flag: string | undefined,
): { token?: () => string } & Partial<Pick<Connection, "cert" | "key">> {
  const inline = flag ?? textAt(user?.value, "token");
  if (inline !== "") return { token: () => inline };
  const file = textAt(user?.value, "tokenFile");
  if (user && file !== "") return { token: () => readFileSync(resolve(user.directory, file), "utf8").trim() };
  const exec = at(user?.value, "exec");
  return exec === undefined ? {} : fromPlugin(exec);
}

/** Asks a credential plug-in. Upstream: client-go/plugin/pkg/client/auth/exec/exec.go */
function fromPlugin(exec: unknown): { token?: () => string; cert?: string; key?: string } {
  const extra = Object.fromEntries(listAt(exec, "env").map((entry) => [textAt(entry, "name"), textAt(entry, "value")]));
  const info = { apiVersion: textAt(exec, "apiVersion"), kind: "ExecCredential", spec: { interactive: false } };
  const args = at(exec, "args");
  const command = textAt(exec, "command");
  let output: string;
  try {
    output = execFileSync(command, Array.isArray(args) ? args.map(String) : [], {
      encoding: "utf8",
      env: { ...process.env, ...extra, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      stdio: ["ignore", "pipe", "inherit"],
    });
  } catch (cause) {
    throw new CommandError(`getting credentials: exec: executable ${command} failed: ${(cause as Error).message}`, {
      cause,
    });
  }
  const status = at(JSON.parse(output), "status");
  const token = textAt(status, "token");
  return {
    ...(token === "" ? {} : { token: () => token }),
    ...optional("cert", textAt(status, "clientCertificateData") || undefined),
    ...optional("key", textAt(status, "clientKeyData") || undefined),
  };
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: string };
}
