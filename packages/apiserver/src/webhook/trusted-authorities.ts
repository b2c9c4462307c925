import { createSecureContext, type SecureContext } from "node:tls";
import { LruMap } from "@dingi/base";
import { createHash, X509Certificate } from "node:crypto";
import { WebhookConfigError } from "./webhook-config.ts";

/** As many webhooks as upstream keeps clients for. Upstream: apiserver/pkg/util/webhook/client.go#defaultCacheSize */
const MAX_BUNDLES = 200;

/** What certificates are verified by: read once for each bundle, and told apart by `id`. */
export interface Trust {
  readonly id: string;
  readonly context: SecureContext;
  /** Whoever answers is trusted. */
  readonly anybody?: boolean;
}

export class TrustedAuthorities {
  readonly #bundles = new LruMap<string, Trust>(MAX_BUNDLES);

  /** @param bundle PEM in base64. Throws WebhookConfigError when there is no certificate in it. */
  of(bundle = ""): Trust {
    const id = bundle === "" ? "" : createHash("sha256").update(bundle).digest("base64");
    const known = this.#bundles.get(id);
    if (known) return known;
    const trust = { id, context: createSecureContext(bundle === "" ? {} : authorities(bundle)) };
    this.#bundles.set(id, trust);
    return trust;
  }
}

/** Whether a text in PEM holds certificates, and all of them can be read. */
export function hasCertificates(pem: string): boolean {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return found.map((one) => new X509Certificate(one)).length > 0;
  } catch {
    return false;
  }
}

/** A bundle may hold what is no root: whoever wrote it there trusts it. */
function authorities(bundle: string) {
  const ca = Buffer.from(bundle, "base64").toString("latin1");
  if (!ca.includes("-----BEGIN CERTIFICATE-----"))
    throw new WebhookConfigError("unable to load root certificates: unable to parse bytes as PEM block");
  return { ca, allowPartialTrustChain: true };
}
