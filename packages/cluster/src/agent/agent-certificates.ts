import { Client, HttpsTransport, RetryingTransport } from "@dingi/client";
import { GIT_VERSION, type KeyPair } from "@dingi/component-base";
import { systemClock } from "@dingi/base";

/** By what the parts of an agent show themselves, and whom they believe. */
export interface AgentCertificates {
  /** PEM of all authorities that are trusted. */
  readonly ca: string;
  readonly kubeletClient: KeyPair;
  readonly kubeletServer: KeyPair;
  readonly proxyClient: KeyPair;
  readonly dnsClient: KeyPair;
  readonly localVolumesClient: KeyPair;
}

type Use = (certificates: AgentCertificates) => void;

/** Certificates that are renewed while they are in use. */
export class LiveCertificates {
  #current: AgentCertificates;
  readonly #uses: Use[] = [];

  constructor(first: AgentCertificates) {
    this.#current = first;
  }

  get current(): AgentCertificates {
    return this.#current;
  }

  /** Everybody goes on with these; what is open stays open. */
  renew(next: AgentCertificates): void {
    this.#current = next;
    for (const use of this.#uses) use(next);
  }

  /** Called for each renewal that comes. */
  onRenewal(use: Use): void {
    this.#uses.push(use);
  }

  /** A client that shows a certificate of these. */
  client(server: string, program: string, pairOf: (certificates: AgentCertificates) => KeyPair): Client {
    const tlsOf = (certificates: AgentCertificates) => {
      const { certificatePem, keyPem } = pairOf(certificates);
      return { ca: certificates.ca, cert: certificatePem, key: keyPem };
    };
    const transport = new HttpsTransport({ server, userAgent: `${program}/${GIT_VERSION}`, ...tlsOf(this.#current) });
    this.onRenewal((next) => transport.renew(tlsOf(next)));
    return new Client(new RetryingTransport(transport, systemClock));
  }
}
