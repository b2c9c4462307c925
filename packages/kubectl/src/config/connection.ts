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
}

/** Upstream: client-go/tools/clientcmd/client_config.go#DirectClientConfig.ClientConfig */
export function resolveConnection(config: Kubeconfig, flags: ConnectionFlags): Connection {
  const contextName = flags.context ?? config.currentContext;
  const context = find(config.contexts, contextName);
  if (flags.context !== undefined && !context) throw new CommandError(`context "${flags.context}" does not exist`);
  const cluster = named(config.clusters, {
    kind: "cluster",
    name: flags.cluster ?? textAt(context?.value, "cluster"),
    isAsked: flags.cluster !== undefined,
  });
  const user = named(config.users, {
    kind: "auth info",
    name: flags.user ?? textAt(context?.value, "user"),
    isAsked: flags.user !== undefined,
  });
  return {
    server: (flags.server ?? textAt(cluster?.value, "server")) || "http://localhost:8080",
    namespace: (flags.namespace ?? textAt(context?.value, "namespace")) || "default",
    insecure: flags.insecureSkipTlsVerify ?? at(cluster?.value, "insecure-skip-tls-verify") === true,
    ...optional(
      "ca",
      flags.certificateAuthority
        ? readFileSync(flags.certificateAuthority, "utf8")
        : pem(cluster, "certificate-authority"),
    ),
    ...optional(
      "cert",
      flags.clientCertificate ? readFileSync(flags.clientCertificate, "utf8") : pem(user, "client-certificate"),
    ),
    ...optional("key", flags.clientKey ? readFileSync(flags.clientKey, "utf8") : pem(user, "client-key")),
    ...credentials(user, flags.token),
  };
}

function find(list: readonly Named[], name: string): Named | undefined {
  return list.find((entry) => entry.name === name);
}

function named(
  list: readonly Named[],
  { kind, name, isAsked }: { kind: string; name: string; isAsked: boolean },
): Named | undefined {
  const entry = find(list, name);
  if (!entry && isAsked) throw new CommandError(`${kind} "${name}" does not exist`);
  return entry;
}

/** Inline data wins over a file. */
function pem(entry: Named | undefined, field: string): string | undefined {
  const data = textAt(entry?.value, `${field}-data`);
  if (data !== "") return Buffer.from(data, "base64").toString();
  const file = textAt(entry?.value, field);
  if (!entry || file === "") return undefined;
  try {
    return readFileSync(resolve(entry.directory, file), "utf8");
  } catch (cause) {
    throw new CommandError(`unable to read ${field} ${file}: ${(cause as Error).message}`, { cause });
  }
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
