import { join } from "node:path";
import { ensureClusterPki, rotateAuthorities, type AuthorityPhase, type ClusterPki } from "@dingi/component-base";
import { describeError, systemClock, type Logger } from "@dingi/base";
import type { AgentCertificates } from "../agent/agent-certificates.ts";
import type { ClusterConfig, NodeConfig } from "../config/cluster-config.ts";
import type { ClusterPaths } from "../config/paths.ts";
import { pkiOptionsOf } from "../config/pki-options.ts";
import { addressOf } from "./agent-config.ts";
import { ensureNodePki } from "./node-pki.ts";

/** Often enough for what is renewed a month before its end. */
const CHECK_MS = 12 * 3_600_000;

interface CertificatesOptions {
  readonly paths: ClusterPaths;
  readonly config: () => ClusterConfig;
  readonly logger: Logger;
  /** Says that there are others in the files. */
  readonly tellControlPlane: () => void;
  readonly tellAgent: (node: string, certificates: AgentCertificates) => void;
}

/** A cluster's certificates: made, kept from expiring, and told to whoever shows them, who need not be started again. */
export class Certificates {
  readonly #options: CertificatesOptions;
  #pki!: ClusterPki;

  constructor(options: CertificatesOptions) {
    this.#options = options;
  }

  /** Of the cluster; known once they were ensured. */
  get pki(): ClusterPki {
    return this.#pki;
  }

  /** Makes what is missing, about to expire, or signed by another authority than today's; `renew`: all. */
  async ensure(renew = false): Promise<void> {
    const { paths, config, logger } = this.#options;
    this.#pki = await ensureClusterPki(paths.pki, { ...pkiOptionsOf(config()), renew });
    for (const { name, reason } of this.#pki.issued) logger.info("Issued a certificate", { name, reason });
  }

  async ofNode(node: NodeConfig, renew = false): Promise<AgentCertificates> {
    const { paths, config } = this.#options;
    const { ca } = this.#pki;
    const wanted = { ca, name: node.name, address: addressOf(config(), node), renew };
    return await ensureNodePki(join(paths.pki, "nodes", node.name), wanted);
  }

  /** As `ensure`, and of all nodes; everybody goes on with them at once. */
  async renew(renew: boolean): Promise<void> {
    const { config, tellControlPlane, tellAgent } = this.#options;
    await this.ensure(renew);
    tellControlPlane();
    for (const node of config().nodes) tellAgent(node.name, await this.ofNode(node, renew));
  }

  /** The next step to other authorities; whom agents believe, and what they show, is what it then is. */
  async rotate(): Promise<AuthorityPhase> {
    const { paths, config, logger } = this.#options;
    const phase = await rotateAuthorities(paths.pki, pkiOptionsOf(config()));
    logger.info("Certificate authorities were rotated by a step", { phase });
    await this.renew(false);
    return phase;
  }

  /** Looks after them until the signal aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await systemClock.sleep(CHECK_MS, signal).catch(() => {});
      if (signal.aborted) return;
      await this.renew(false).catch((error: unknown) =>
        this.#options.logger.error("Certificates could not be looked after", { error: describeError(error) }),
      );
    }
  }
}
