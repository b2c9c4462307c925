import type { V1PolicyRule } from "@dingi/api";
import type { Dialer, UserInfo } from "@dingi/apimachinery";
import type { Clock, Logger, Random } from "@dingi/base";
import type { MetricsRegistry } from "@dingi/component-base";
import type { StoreFeed } from "../cacher/store-feed.ts";
import { reloadConfiguration } from "../configuration/reload-configuration.ts";
import { ReloadMetrics } from "../configuration/reload-metrics.ts";
import { Succession } from "../configuration/succession.ts";
import type { AuthorizationOptions } from "./authorization-options.ts";
import type { AuthorizationAttributes, Authorizer, Decision, ListedRules } from "./authorizer.ts";
import { openChain, type AuthorizerChain, type ChainOptions } from "./authorizer-chain.ts";
import {
  decodeAuthorizationConfiguration,
  type AuthorizationConfiguration,
} from "./configuration/authorization-configuration.ts";
import { validateAuthorizationConfiguration } from "./configuration/validate-authorization-configuration.ts";
import { NodeAuthorizer } from "./node/node-authorizer.ts";
import type { RbacAuthorizer } from "./rbac/rbac-authorizer.ts";
import { WebhookMetrics } from "./webhook/webhook-metrics.ts";

interface CreateAuthorizationOptions {
  readonly feed: StoreFeed;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly dialer: Dialer;
  readonly registry: MetricsRegistry;
  readonly rbac: RbacAuthorizer;
  /** What every node may do. */
  readonly nodeRules: readonly V1PolicyRule[];
  /** Node and RBAC when absent. */
  readonly authorization?: AuthorizationOptions;
}

const DEFAULTS: AuthorizationOptions = {
  configuration: {
    authorizers: [
      { type: "Node", name: "node" },
      { type: "RBAC", name: "rbac" },
    ],
  },
  read: () => {
    throw new Error("No files can be read here");
  },
  checkFile: () => undefined,
};

/** Decides by a configuration, which may be another one later. Upstream: pkg/kubeapiserver/authorizer/reload.go */
export class Authorization implements Authorizer, Disposable {
  readonly #options: CreateAuthorizationOptions;
  readonly #how: AuthorizationOptions;
  readonly #chainOptions: ChainOptions;
  readonly #chains: Succession<AuthorizerChain>;

  /** Throws ConfigurationError, or an Error for a webhook that cannot be asked. */
  constructor(options: CreateAuthorizationOptions) {
    const { authorization: how = DEFAULTS, feed, nodeRules, rbac, registry } = options;
    this.#options = options;
    this.#how = how;
    validateAuthorizationConfiguration(how.configuration, how);
    const own = { Node: new NodeAuthorizer(feed, nodeRules), RBAC: rbac };
    this.#chainOptions = { ...options, own, read: how.read, metrics: new WebhookMetrics(registry) };
    this.#chains = new Succession(openChain(how.configuration, this.#chainOptions), options.clock);
  }

  authorize(attributes: AuthorizationAttributes): Decision | Promise<Decision> {
    return this.#chains.current.authorizer.authorize(attributes);
  }

  listRules(user: UserInfo, namespace: string): ListedRules {
    return this.#chains.current.authorizer.listRules(user, namespace);
  }

  /** Follows the configuration's file, if there is one, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { file, configuration } = this.#how;
    if (!file) return;
    const { clock, logger } = this.#options;
    const metrics = new ReloadMetrics({ ...this.#options, about: "authorization", text: file.text });
    const types = typesOf(configuration);
    const prepare = (text: string) => this.#prepared(text, types);
    const use = (next: AuthorizerChain) => this.#chains.replace(next);
    await reloadConfiguration({ file, clock, logger, metrics, prepare, use }, signal);
  }

  [Symbol.dispose](): void {
    this.#chains[Symbol.dispose]();
  }

  #prepared(text: string, requiredTypes: readonly string[]): AuthorizerChain {
    const configuration = decodeAuthorizationConfiguration(text);
    validateAuthorizationConfiguration(configuration, { ...this.#how, requiredTypes });
    for (const type of typesOf(configuration))
      if (["Node", "RBAC"].includes(type) && !requiredTypes.includes(type))
        throw new Error(`authorizer type ${type} is not allowed if it was not enabled at initial server startup`);
    return openChain(configuration, this.#chainOptions);
  }
}

/** Those that have to stay. */
function typesOf({ authorizers }: AuthorizationConfiguration): readonly string[] {
  return (authorizers ?? []).flatMap(({ type = "" }) => (type === "Webhook" ? [] : type));
}
