import { dirname, resolve } from "node:path";
import { parseKubeconfig, type Kubeconfig } from "@dingi/component-base";

/** How a webhook is reached that a file in the form of a kubeconfig names, and with what this server shows itself to it. */
export interface WebhookKubeconfig {
  /** Of https. */
  readonly server: URL;
  /** Whom the certificate must name; the server's host when empty. */
  readonly serverName: string;
  /** PEM; the authorities that this machine trusts where it is empty. */
  readonly certificateAuthority: string;
  /** Whoever answers is trusted. */
  readonly anybody: boolean;
  /** PEM. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** The header's value, read again for each request where it is in a file. */
  readonly authorization?: () => string;
}

type Entry = Readonly<Record<string, unknown>>;
type Read = (path: string) => string;

/**
 * Reads such a file, and others that it names, beside it. Throws an Error that says what cannot be followed.
 * Differs: servers are reached by https alone; there are no plugins that bring credentials, and no proxies.
 * Upstream: apiserver/pkg/util/webhook/webhook.go#LoadKubeconfig
 */
export function readWebhookKubeconfig(path: string, read: Read): WebhookKubeconfig {
  const config = parseKubeconfig(read(path));
  const context = entryOf(config, "contexts", text(config, "current-context"));
  const cluster = entryOf(config, "clusters", text(context, "cluster"));
  const user = entryOf(config, "users", text(context, "user"));
  const beside: Read = (file) => read(resolve(dirname(path), file));
  const certificate = certificateOf(user, beside);
  const authorization = authorizationOf(user, beside);
  return {
    server: serverOf(text(cluster, "server")),
    serverName: text(cluster, "tls-server-name"),
    certificateAuthority: pem(cluster, "certificate-authority", beside),
    anybody: cluster["insecure-skip-tls-verify"] === true,
    ...(certificate ? { certificate } : {}),
    ...(authorization ? { authorization } : {}),
  };
}

const SINGULAR = { contexts: "context", clusters: "cluster", users: "user" } as const;

function entryOf(config: Kubeconfig, list: keyof typeof SINGULAR, name: string): Entry {
  const entries = (config[list] ?? []) as readonly Entry[];
  // Nobody in particular shows nothing.
  if (list === "users" && name === "") return {};
  const found = name === "" && entries.length === 1 ? entries[0] : entries.find((entry) => entry["name"] === name);
  const value = found?.[SINGULAR[list]];
  if (typeof value !== "object" || value === null)
    throw new Error(`the kubeconfig has no ${SINGULAR[list]} "${name}"; name one that it has`);
  return value as Entry;
}

const text = (entry: Entry, name: string): string => {
  const value = entry[name] ?? "";
  if (typeof value === "string") return value;
  throw new Error(`the kubeconfig's "${name}" is no text`);
};

function serverOf(server: string): URL {
  if (!URL.canParse(server)) throw new Error(`the kubeconfig's server "${server}" is no URL`);
  const url = new URL(server);
  if (url.protocol === "https:") return url;
  throw new Error(`the kubeconfig's server "${server}" is not of https`);
}

/** What stands there in base64 goes before what a file says. */
function pem(entry: Entry, name: string, read: Read): string {
  const data = text(entry, `${name}-data`);
  if (data !== "") return Buffer.from(data, "base64").toString();
  const file = text(entry, name);
  return file === "" ? "" : read(file);
}

function certificateOf(user: Entry, read: Read): WebhookKubeconfig["certificate"] {
  const cert = pem(user, "client-certificate", read);
  const key = pem(user, "client-key", read);
  if ((cert === "") !== (key === "")) throw new Error("the kubeconfig's user has half a client certificate");
  return cert === "" ? undefined : { cert, key };
}

function authorizationOf(user: Entry, read: Read): (() => string) | undefined {
  for (const plugin of ["exec", "auth-provider"])
    if (user[plugin] !== undefined && user[plugin] !== null)
      throw new Error(
        `the kubeconfig's user is one by "${plugin}", which is not supported here; give it a certificate`,
      );
  const tokenFile = text(user, "tokenFile");
  if (tokenFile !== "") return () => `Bearer ${read(tokenFile).trim()}`;
  const token = text(user, "token");
  if (token !== "") return () => `Bearer ${token}`;
  const username = text(user, "username");
  if (username === "") return undefined;
  const basic = Buffer.from(`${username}:${text(user, "password")}`).toString("base64");
  return () => `Basic ${basic}`;
}
