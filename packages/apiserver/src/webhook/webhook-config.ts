import { placeOfUrl } from "./place-of-url.ts";
/** Where a webhook is and whom it has to be, as its configuration says it: of admission and of conversion alike. */
export interface WebhookClientConfig {
  /** "https://host[:port][/path]" */
  readonly url?: string | undefined;
  readonly service?: WebhookService | undefined;
  /** PEM in base64; the authorities that this machine trusts where it is empty. */
  readonly caBundle?: string | undefined;
}

interface WebhookService {
  readonly namespace: string;
  readonly name: string;
  readonly path?: string | undefined;
  /** 443 when absent. */
  readonly port?: number | undefined;
}

/** What a configuration comes to, before an address is looked for. */
export interface WebhookTarget {
  /** As errors show it, and as the `Host` header has it. */
  readonly authority: string;
  /** With its query, if it has one. */
  readonly path: string;
  /** Whom the certificate must name. */
  readonly serverName: string;
  readonly address: { readonly host: string; readonly port: number } | { readonly service: ServicePort };
}

export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

const HTTPS_PORT = 443;

/** Throws WebhookConfigError. Upstream: apiserver/pkg/util/webhook/client.go#hookClientConfig */
export function targetOf({ url, service }: WebhookClientConfig): WebhookTarget {
  if (service) return serviceTarget(service);
  if (!url) throw new WebhookConfigError("webhook configuration must have either service or URL");
  return urlTarget(url);
}

function serviceTarget({ namespace, name, path = "", port = HTTPS_PORT }: WebhookService): WebhookTarget {
  const serverName = `${name}.${namespace}.svc`;
  return {
    authority: `${serverName}:${port}`,
    path: cleanPath(path),
    serverName,
    address: { service: { namespace, name, port } },
  };
}

function urlTarget(text: string): WebhookTarget {
  if (!URL.canParse(text)) throw new WebhookConfigError(`Unparsable URL: ${text}`);
  const url = new URL(text);
  const address = placeOfUrl(url);
  return {
    authority: /^https:\/\/([^/?#]*)/i.exec(text)?.[1] ?? url.host,
    path: cleanPath(url.pathname),
    serverName: address.host,
    address,
  };
}

/** One slash between two segments, and none behind the last. Upstream: go/src/path/path.go#Join */
function cleanPath(path: string): string {
  return `/${path.split("/").filter(Boolean).join("/")}`;
}

/** A webhook cannot be called as it is configured. */
export class WebhookConfigError extends Error {
  override name = "WebhookConfigError";
}

/** A webhook was not reached, or what it answered is no answer. The message is upstream's, with the URL and the cause. */
export class WebhookCallError extends Error {
  override name = "WebhookCallError";
}
