import { builtinKinds, builtinReviews, ComponentStatus, IpRange } from "@dingi/api";
import { inVersion, ServedKinds, type AnyKind, type ApiHandler, type Dialer } from "@dingi/apimachinery";
import { own, type Clock, type Logger, type Random } from "@dingi/base";
import { Client, InProcessTransport, type Transport } from "@dingi/client";
import { openMetricsRegistry, type HealthChecks, type VersionInfo } from "@dingi/component-base";
import type { Store } from "@dingi/store";
import { Aggregator } from "./aggregator/aggregator.ts";
import type { FrontProxyClient } from "./aggregator/backends.ts";
import { CustomResources } from "./apiextensions/custom-resources.ts";
import { createActions } from "./actions/actions.ts";
import { AdmissionChain } from "./admission/chain.ts";
import { admissionPlugins, type AdmissionOptions } from "./admission/order.ts";
import { ApiServer } from "./api-server.ts";
import { AuditPolicy, type AuditPolicyObject } from "./audit/policy.ts";
import type { AuditSink } from "./audit/sink.ts";
import type { AuthenticationOptions } from "./authentication/authentication-options.ts";
import { BootstrapTokens } from "./authentication/bootstrap/bootstrap-tokens.ts";
import type { ServiceAccountOptions } from "./authentication/service-account/service-account-options.ts";
import type { TokenAuthenticator } from "./authentication/token/token-authenticator.ts";
import { createAuthentication } from "./authentication/create-authentication.ts";
import { InProcessAuthenticator } from "./authentication/in-process.ts";
import { serviceAccountTokens } from "./authentication/service-account/service-account-tokens.ts";
import { TokenKeys } from "./authentication/service-account/token-keys.ts";
import { Authorization } from "./authorization/authorization.ts";
import type { AuthorizationOptions } from "./authorization/authorization-options.ts";
import type { Authorizer } from "./authorization/authorizer.ts";
import { RbacAuthorizer } from "./authorization/rbac/rbac-authorizer.ts";
import { bootstrapObjects, NODE_RULES } from "./bootstrap/bootstrap.ts";
import { beginUpkeep } from "./bootstrap/upkeep.ts";
import { StoreFeed } from "./cacher/store-feed.ts";
import type { ComponentCheck } from "./components/component-check.ts";
import { ComponentStatuses } from "./components/component-statuses.ts";
import { localComponents } from "./components/http-check.ts";
import { storeCheck } from "./components/store-check.ts";
import { Discovery } from "./discovery/discovery.ts";
import type { ComputedObjects } from "./endpoints/computed.ts";
import type { EndpointServices } from "./endpoints/endpoint.ts";
import { ResourceRouter } from "./endpoints/resource-router.ts";
import { openFlowControl } from "./flowcontrol/open-flow-control.ts";
import type { Auditing } from "./request/audit.ts";
import type { InFlightLimits } from "./request/max-in-flight.ts";
import { mountHealth } from "./health/health-handler.ts";
import { maintainStore } from "./maintenance.ts";
import { ApiServerMetrics } from "./metrics/api-server-metrics.ts";
import { ListChunks } from "./negotiation/list-chunks.ts";
import { respondJson } from "./negotiation/respond.ts";
import { documentHandler } from "./routing/document-handler.ts";
import { OpenApiHandler } from "./openapi/openapi-handler.ts";
import { KubeletConnections } from "./proxy/kubelet-connection.ts";
import { ResourceStore } from "./registry/resource-store.ts";
import { ServedResources } from "./registry/served-resources.ts";
import { storageHooks } from "./registry/storage-hooks.ts";
import { PortAllocator } from "./registry/service/port-allocator.ts";
import { resourceMetricsKinds } from "./resourcemetrics/kinds.ts";
import type { NodePoints } from "./resourcemetrics/parse-metrics.ts";
import { readKubelet } from "./resourcemetrics/read-kubelet.ts";
import { resourceMetrics } from "./resourcemetrics/resource-metrics.ts";
import { ServiceEndpoints } from "./proxy/service-endpoints.ts";
import { serviceResolver } from "./webhook/service-resolver.ts";
import { WebhookClient } from "./webhook/webhook-client.ts";
import { createReviews } from "./reviews/reviews.ts";
import { NonResourceRouter } from "./routing/non-resource-router.ts";

const REQUEST_TIMEOUT_MS = 60_000;
/** Upstream: pkg/serviceaccount/jwt.go#GetCacheAgeMaxSeconds */
const KEYS_MAX_AGE_SECONDS = 3600;

interface CreateApiServerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly version: VersionInfo;
  readonly health: HealthChecks;
  /** PEM. */
  readonly serviceAccountKey: string;
  readonly serviceAccountIssuer: string;
  /** Beyond that. */
  readonly serviceAccounts?: ServiceAccountOptions;
  readonly clientCa: string;
  readonly requestHeaderCa: string;
  /** Where Services have their addresses, at most one range of each family and the default first: ["10.96.0.0/16"]. */
  readonly serviceCidrs: readonly string[];
  readonly nodePorts: { readonly from: number; readonly to: number };
  /** Where pods and nodes reach this server. */
  readonly advertise: { readonly address: string; readonly port: number };
  readonly tolerations: { readonly notReadySeconds: number; readonly unreachableSeconds: number };
  /** Upstream's plugins that are on by default, and NodeRestriction, when absent. */
  readonly admission?: AdmissionOptions;
  /** Both together are all seats of priority and fairness; without it, each is a limit of its own. */
  readonly maxInFlight: InFlightLimits;
  /** Upstream's flag --enable-priority-and-fairness; on when absent. */
  readonly priorityAndFairness?: boolean;
  /** Upstream's flag --request-timeout; a minute when absent. */
  readonly requestTimeoutMs?: number;
  /** Reaches nodes and pods. */
  readonly dialer: Dialer;
  /** Where nodes may be besides at global addresses: those of simulated ones, on this machine's loopback. "127.1.0.0/24" */
  readonly nodeNetwork?: string;
  /** With what this server shows itself to kubelets; asked for each connection, since it is renewed. PEM. */
  readonly kubeletClient: () => { readonly cert: string; readonly key: string };
  readonly kubeletCa: string;
  /** With what this server shows to others that it speaks in the name of its users; signed by what they verify it with. Likewise. */
  readonly frontProxyClient?: () => FrontProxyClient;
  /** Where given, what nodes and pods use is served here until another server is registered for it. */
  readonly resourceMetrics?: {
    /** What a node's kubelet tells; asked over the network when absent. */
    readonly readNode?: (nodeName: string, signal: AbortSignal) => Promise<NodePoints>;
  };
  /** Of the control plane, where they are not at upstream's ports on this machine. */
  readonly components?: Readonly<Record<string, ComponentCheck>>;
  /** Who is believed beside clients with certificates and service accounts; and anonymous ones, unless this says otherwise. */
  readonly authentication?: AuthenticationOptions;
  /** Who decides what may be done: Node and RBAC when absent. */
  readonly authorization?: AuthorizationOptions;
  /** What is recorded of requests, and where; nothing when absent. */
  readonly audit?: { readonly policy: AuditPolicyObject; readonly sink: AuditSink } | undefined;
  readonly onFailure: (error: unknown) => void;
}

export interface RunningApiServer extends AsyncDisposable {
  readonly handler: ApiHandler;
  /** A client in this process that acts as the user; `through` may stand between it and the server. */
  client(
    user: { readonly name: string; readonly groups?: readonly string[] },
    userAgent: string,
    through?: (transport: Transport) => Transport,
  ): Client;
  readonly metrics: ApiServerMetrics;
  /** By which kinds come and go. */
  readonly resources: ServedResources;
}

/** Puts an API server together over a store and brings it to where it can answer. Throws for what cannot be followed. */
export async function createApiServer(options: CreateApiServerOptions): Promise<RunningApiServer> {
  const kinds = new ServedKinds(ownKinds(options), builtinReviews);
  const stored = kinds.scheme.kinds.filter(({ computed }) => !computed);
  const feed = await StoreFeed.start({ ...options, kinds: stored });
  try {
    return await startServing(options, kinds, feed);
  } catch (error) {
    await feed[Symbol.asyncDispose]();
    throw error;
  }
}

async function startServing(
  options: CreateApiServerOptions,
  kinds: ServedKinds,
  feed: StoreFeed,
): Promise<RunningApiServer> {
  const { store, clock, logger } = options;
  const stop = new AbortController();
  const rbac = new RbacAuthorizer(feed);
  const registry = await openMetricsRegistry({ clock });
  const authorizer = new Authorization({ ...options, registry, feed, rbac, nodeRules: NODE_RULES });
  const endpoints = new ServiceEndpoints(feed, options.random);
  const resolve = serviceResolver(feed, endpoints);
  const webhooks = new WebhookClient({ ...options, resolve });
  const aggregator = new Aggregator({ ...options, feed, resolve });
  const asItself = () => ownClient("kube-apiserver");
  const services = createServices(options, feed, { rbac, authorizer, kinds, webhooks, client: asItself });
  const own = serviceAccountParts(options);
  const { keys, audiences, issuers } = own;
  const inProcess = new InProcessAuthenticator();
  const local = localTokens({ ...options, ...own, feed, client: asItself });
  const authentication = createAuthentication({ ...options, registry, audiences, issuers, local });
  const metrics = new ApiServerMetrics({ clock, feed, registry });
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const flow = openFlowControl(feed, { ...options, requestTimeoutMs });
  const nonResources = mountPaths(options, kinds, { keys, issuer: issuers[0]!, metrics, aggregator });
  flow.mount(nonResources, registry);
  const handler = new ApiServer({
    authenticators: [inProcess, ...authentication.authenticators],
    anonymous: authentication.anonymous,
    clock,
    random: options.random,
    requestTimeoutMs,
    authorizer,
    flowControl: flow.filter,
    resources: resourceRouter(options, { ...own, kinds, services, authorizer, endpoints, authentication, stop }),
    nonResources,
    aggregator,
    metrics,
    logger,
    kinds,
    auditing: auditingOf(options),
  });
  const client = clientMaker(handler, inProcess, kinds);
  const ownClient = (userAgent: string) => client({ name: "system:apiserver", groups: ["system:masters"] }, userAgent);
  const resources = new ServedResources(kinds, feed);
  const self = asItself();
  const custom = new CustomResources({ ...services, resources, webhooks, client: self, signal: stop.signal });
  await custom.start();
  await bootstrapObjects(kinds.scheme, services);
  const maintenance = maintainStore({ store, feed, clock, logger }, stop.signal);
  const upkeep = await beginUpkeep({ ...options, feed, ports: services.ports, client: self });
  const kept = Promise.all([
    upkeep(stop.signal),
    custom.run(),
    aggregator.run({ kinds, client: self, logger }, stop.signal),
    flow.keep(self, stop.signal),
    authentication.run(stop.signal),
    authorizer.run(stop.signal),
  ]);
  return {
    handler,
    client,
    metrics,
    resources,
    async [Symbol.asyncDispose]() {
      stop.abort(new Error("The API server is stopping"));
      for (const part of [webhooks, aggregator, authentication, authorizer]) part[Symbol.dispose]();
      await kept;
      await maintenance;
      await feed[Symbol.asyncDispose]();
    },
  };
}

interface RouterParts extends ReturnType<typeof serviceAccountParts> {
  readonly kinds: ServedKinds;
  readonly services: EndpointServices;
  readonly authorizer: Authorizer;
  readonly endpoints: ServiceEndpoints;
  readonly authentication: { readonly tokens: TokenAuthenticator };
  readonly stop: AbortController;
}

function resourceRouter(options: CreateApiServerOptions, parts: RouterParts): ResourceRouter {
  const { issuers, authentication, services, stop } = parts;
  return new ResourceRouter({
    ...parts,
    actions: createActions({ ...options, ...options.serviceAccounts, ...parts, issuer: issuers[0]! }),
    computed: computedObjects(options, services, stop.signal),
    reviews: createReviews({ ...parts, tokens: authentication.tokens }),
  });
}

/** The cluster's own key is believed whoever signs. */
function serviceAccountParts({
  serviceAccountKey,
  serviceAccountIssuer,
  serviceAccounts = {},
}: CreateApiServerOptions) {
  const { signingKey = serviceAccountKey, otherKeys = [], issuers = [serviceAccountIssuer] } = serviceAccounts;
  const keys = new TokenKeys(signingKey, [serviceAccountKey, ...otherKeys]);
  return { keys, issuers, audiences: serviceAccounts.audiences ?? issuers };
}

function localTokens(
  options: CreateApiServerOptions & Parameters<typeof serviceAccountTokens>[0],
): readonly TokenAuthenticator[] {
  const tokens = serviceAccountTokens(options);
  const takesBootstrap = options.serviceAccounts?.bootstrapTokens ?? true;
  return takesBootstrap ? [tokens, new BootstrapTokens(options)] : [tokens];
}

function clientMaker(
  handler: ApiHandler,
  identities: InProcessAuthenticator,
  kinds: ServedKinds,
): RunningApiServer["client"] {
  return (user, userAgent, through = (transport) => transport) => {
    const capability = identities.issue(user);
    const transport = new InProcessTransport({ handler, capability, userAgent, schemaOf: schemaFinder(kinds) });
    return new Client(through(transport));
  };
}

function ownKinds({ resourceMetrics: metrics }: CreateApiServerOptions): readonly AnyKind[] {
  return [...builtinKinds, ...(metrics ? resourceMetricsKinds : [])];
}

function auditingOf({ audit, clock }: CreateApiServerOptions): Auditing | undefined {
  return audit && { policy: new AuditPolicy(audit.policy), sink: audit.sink, clock };
}

/** Of kinds that are never stored. */
function computedObjects(
  options: CreateApiServerOptions,
  services: EndpointServices,
  stop: AbortSignal,
): ReadonlyMap<AnyKind, ComputedObjects> {
  const { store, clock, components } = options;
  const checks = { ...localComponents(clock), ...components, "etcd-0": storeCheck(store) };
  const statuses = [ComponentStatus as unknown as AnyKind, new ComponentStatuses(checks)] as const;
  if (!options.resourceMetrics) return new Map([statuses]);
  const kubelets = new KubeletConnections(options);
  const { readNode = (name, signal) => readKubelet(name, kubelets, { services, signal }) } = options.resourceMetrics;
  return new Map([statuses, ...resourceMetrics({ ...options, feed: services.feed, readNode, stop })]);
}

interface ServiceParts {
  readonly rbac: RbacAuthorizer;
  readonly authorizer: Authorizer;
  readonly kinds: ServedKinds;
  readonly webhooks: WebhookClient;
  readonly client: () => Client;
}

function createServices(
  options: CreateApiServerOptions,
  feed: StoreFeed,
  own: ServiceParts,
): EndpointServices & { readonly ports: PortAllocator } {
  const { store, clock, random, logger } = options;
  const { tolerations, nodePorts } = options;
  const plugins = admissionPlugins({ ...own, feed, clock, random, tolerations }, options.admission);
  const ports = new PortAllocator({ store, range: nodePorts, random });
  const ipFamilies = options.serviceCidrs.map((cidr) => new IpRange(cidr).family);
  const hooks = storageHooks({ ...own, feed, random, logger, ports, ipFamilies });
  const stores = new WeakMap<AnyKind, ResourceStore>();
  return {
    clock,
    random,
    logger,
    store,
    feed,
    ports,
    listChunks: new ListChunks(),
    admission: new AdmissionChain(plugins),
    isRegistered: (apiVersion, kind) =>
      (own.kinds.scheme.byKind(apiVersion, kind) ?? own.kinds.scheme.reviewByKind(apiVersion, kind)) !== undefined,
    resourceStore(kind) {
      const known = stores.get(kind);
      if (known) return known;
      const made = new ResourceStore(kind, feed, store, hooks.get(kind));
      stores.set(kind, made);
      return made;
    },
  };
}

function mountPaths(
  options: CreateApiServerOptions,
  kinds: ServedKinds,
  own: { keys: TokenKeys; issuer: string; metrics: ApiServerMetrics; aggregator: Aggregator },
): NonResourceRouter {
  const { clock, version, health, advertise } = options;
  const router = new NonResourceRouter();
  const { discovery: remoteDiscovery, openApi: remoteOpenApi } = own.aggregator;
  const serverAddress = `${advertise.address}:${advertise.port}`;
  new Discovery({ kinds, clock, serverAddress, remote: remoteDiscovery }).mount(router);
  const release = `${version.major}.${version.minor}`;
  new OpenApiHandler({ kinds, version: release, clock, remote: remoteOpenApi }).mount(router);
  router.add(
    "/version",
    documentHandler(() => version),
  );
  router.add(
    "/openid/v1/jwks",
    documentHandler(() => own.keys.jwks(), {
      mediaType: "application/jwk-set+json",
      maxAgeSeconds: KEYS_MAX_AGE_SECONDS,
    }),
  );
  const discovery = {
    issuer: own.issuer,
    jwks_uri: options.serviceAccounts?.jwksUri ?? `https://${advertise.address}:${advertise.port}/openid/v1/jwks`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: own.keys.algorithms,
  };
  router.add(
    "/.well-known/openid-configuration",
    documentHandler(() => discovery, { maxAgeSeconds: KEYS_MAX_AGE_SECONDS }),
  );
  own.metrics.mount(router);
  mountHealth(router, health);
  router.add("/", { handle: () => respondJson(200, { paths: router.paths }) });
  return router;
}

/** The schema that an object written to a path is copied by: that of the resource, not of its subresources. */
function schemaFinder(kinds: ServedKinds) {
  return (path: string) => {
    const parts = path.split("/").filter(Boolean);
    const core = parts[0] === "api";
    const apiVersion = core ? parts[1]! : `${parts[1]}/${parts[2]}`;
    const rest = parts.slice(core ? 2 : 3);
    const inNamespace = rest[0] === "namespaces" && rest.length > 2 && !["status", "finalize"].includes(rest[2]!);
    const [resource, , subresource] = inNamespace ? rest.slice(2) : rest;
    const kind = kinds.scheme.byResource(apiVersion, resource ?? "");
    const door =
      subresource === undefined || !kind ? undefined : own(inVersion(kind, apiVersion).subresources, subresource);
    if (subresource !== undefined && door?.type !== "update") return undefined;
    return kind?.versions[apiVersion]?.schema;
  };
}
