import { path, parseDuration, type Dialer } from "@dingi/apimachinery";
import { invariant, type Clock, type Random } from "@dingi/base";
import { ReviewWebhook } from "../webhook/kubeconfig/review-webhook.ts";
import { readWebhookKubeconfig } from "../webhook/kubeconfig/webhook-kubeconfig.ts";
import { alwaysAllow, alwaysDeny } from "./always.ts";
import type { Authorizer } from "./authorizer.ts";
import type {
  AuthorizationConfiguration,
  AuthorizerConfiguration,
  WebhookConfiguration,
} from "./configuration/authorization-configuration.ts";
import { compileConditions } from "./configuration/validate-webhook.ts";
import { PrivilegedGroups, UnionAuthorizer } from "./union.ts";
import { WebhookAuthorizer } from "./webhook/webhook-authorizer.ts";
import type { WebhookMetrics } from "./webhook/webhook-metrics.ts";

export interface ChainOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly dialer: Dialer;
  readonly metrics: WebhookMetrics;
  /** By their types: those that look at what is stored. */
  readonly own: Readonly<Record<"Node" | "RBAC", Authorizer>>;
  readonly read: (path: string) => string;
}

/** What a configuration comes to, until it is disposed of. */
export interface AuthorizerChain extends Disposable {
  readonly authorizer: UnionAuthorizer;
}

/**
 * The authorizers of a valid configuration. Throws an Error for a webhook whose file cannot be followed.
 * Upstream: pkg/kubeapiserver/authorizer/reload.go#newForConfig
 */
export function openChain({ authorizers }: AuthorizationConfiguration, options: ChainOptions): AuthorizerChain {
  using stack = new DisposableStack();
  const privileged = {
    name: "kubernetes.io/system-privileged-group",
    authorizer: new PrivilegedGroups(["system:masters"]),
  };
  const configured = (authorizers ?? []).map((one) => ({
    name: one.name ?? "",
    authorizer: authorizerOf(one, options, stack),
  }));
  const authorizer = new UnionAuthorizer([privileged, ...configured]);
  const owned = stack.move();
  return { authorizer, [Symbol.dispose]: () => owned.dispose() };
}

function authorizerOf(one: AuthorizerConfiguration, options: ChainOptions, stack: DisposableStack): Authorizer {
  switch (one.type) {
    case "Node":
    case "RBAC":
      return options.own[one.type];
    case "AlwaysAllow":
      return alwaysAllow;
    case "AlwaysDeny":
      return alwaysDeny;
    default:
      invariant(one.webhook, "A configuration is valid before its authorizers are made");
      return webhookOf(one.name ?? "", one.webhook, { ...options, stack });
  }
}

function webhookOf(
  name: string,
  webhook: WebhookConfiguration,
  { stack, ...options }: ChainOptions & { readonly stack: DisposableStack },
): Authorizer {
  const { connectionInfo, timeout = "30s", failurePolicy, subjectAccessReviewVersion } = webhook;
  const kubeconfig = kubeconfigOf(name, connectionInfo, options.read);
  const client = stack.use(new ReviewWebhook({ ...options, kubeconfig, timeoutMs: parseDuration(timeout) }));
  const ttlMs = (ttl: string | undefined, isKept: boolean | undefined) => (isKept ? parseDuration(ttl ?? "0s") : 0);
  return new WebhookAuthorizer({
    ...options,
    webhook: client,
    version: subjectAccessReviewVersion === "v1" ? "v1" : "v1beta1",
    authorizedTtlMs: ttlMs(webhook.authorizedTTL, webhook.cacheAuthorizedRequests),
    unauthorizedTtlMs: ttlMs(webhook.unauthorizedTTL, webhook.cacheUnauthorizedRequests),
    conditions: compileConditions(webhook, path("matchConditions")).conditions,
    onError: failurePolicy === "Deny" ? "deny" : "no opinion",
    metrics: options.metrics.of(name),
  });
}

function kubeconfigOf(name: string, info: WebhookConfiguration["connectionInfo"], read: ChainOptions["read"]) {
  const file = info?.kubeConfigFile;
  if (info?.type !== "KubeConfigFile" || file === undefined)
    throw new Error(
      `The authorization webhook "${name}" is of type InClusterConfig, and this server is in no cluster; name a kubeConfigFile`,
    );
  try {
    return readWebhookKubeconfig(file, read);
  } catch (cause) {
    throw new Error(`The file "${file}" of the authorization webhook "${name}" cannot be followed`, { cause });
  }
}
