import type { ApiRequest, Dialer } from "@dingi/apimachinery";
import { FakeClock, seededRandom, silentLogger, systemClock } from "@dingi/base";
import type { Client } from "@dingi/client";
import { createCertificateAuthority, generateKeys, HealthChecks, versionInfo } from "@dingi/component-base";
import { openMemoryStore, type Store } from "@dingi/store";
import type { AdmissionOptions } from "../admission/order.ts";
import type { AuthenticationOptions } from "../authentication/authentication-options.ts";
import type { ServiceAccountOptions } from "../authentication/service-account/service-account-options.ts";
import type { AuthorizationOptions } from "../authorization/authorization-options.ts";
import type { AuditPolicyObject } from "../audit/policy.ts";
import type { AuditSink } from "../audit/sink.ts";
import type { InFlightLimits } from "../request/max-in-flight.ts";
import { createApiServer, type RunningApiServer } from "../create-api-server.ts";
import { peerOf } from "./peer.ts";

export interface RawRequest {
  readonly method?: string;
  /** With the query. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Text to be sent as it is, in place of `body`. */
  readonly text?: string;
  /** Undefined: administrator. Null: nobody in particular. */
  readonly user?: { readonly name: string; readonly groups: readonly string[] } | null;
  readonly readBody?: NonNullable<ApiRequest["readBody"]>;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly text: string;
}

export interface TestServer extends AsyncDisposable {
  readonly clock: FakeClock;
  /** What tokens are signed with. PEM. */
  readonly serviceAccountKey: string;
  readonly server: RunningApiServer;
  readonly store: Store;
  readonly admin: Client;
  /** A request as it comes over HTTP; the user is shown by a client certificate. */
  send(request: RawRequest): Promise<RawResponse>;
}

/** Who may everything. */
export const ADMIN = { name: "admin", groups: ["system:masters"] };

const NO_NODES: Dialer = { dial: () => Promise.reject(new Error("No node can be reached in this test")) };

interface TestServerOptions {
  /** Reaches nodes and pods; nobody by default. */
  readonly dialer?: Dialer;
  readonly nodeNetwork?: string;
  /** Whom kubelets show to be signed by; nobody can, by default. */
  readonly kubeletCa?: string;
  readonly admission?: AdmissionOptions;
  readonly authentication?: AuthenticationOptions;
  readonly authorization?: AuthorizationOptions;
  readonly serviceAccounts?: ServiceAccountOptions;
  readonly maxInFlight?: InFlightLimits;
  readonly priorityAndFairness?: boolean;
  /** Nothing is recorded by default. */
  readonly audit?: { readonly policy: AuditPolicyObject; readonly sink: AuditSink };
  /** What it shares with other servers of the test, which end it. */
  readonly shared?: { readonly clock: FakeClock; readonly store: Store };
  /** By which what is used is served. */
  readonly resourceMetrics?: NonNullable<Parameters<typeof createApiServer>[0]["resourceMetrics"]>;
  readonly frontProxyClient?: () => { readonly cert: string; readonly key: string };
  /** "192.0.2.1" unless told. */
  readonly address?: string;
  readonly serviceCidrs?: readonly string[];
  readonly seed?: number;
  /** Whether long work gives others their turn, as it does in earnest; only then do turns tell how long it lasts at once. */
  readonly yields?: boolean;
}

/** Stands still, and yet knows when others wait for too long. */
class YieldingClock extends FakeClock {
  override yieldIfDue(): Promise<void> | undefined {
    return systemClock.yieldIfDue();
  }
}

const UNLESS_TOLD = {
  dialer: NO_NODES,
  maxInFlight: { reading: 0, mutating: 0 },
  priorityAndFairness: false,
  serviceCidrs: ["10.96.0.0/24"],
  address: "192.0.2.1",
  seed: 1,
  yields: false,
};

/** An API server over a store in memory, whose clock stands still. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { shared, seed, address, yields, ...told } = { ...UNLESS_TOLD, ...options };
  const clock = shared?.clock ?? (yields ? new YieldingClock() : new FakeClock());
  const random = seededRandom(seed);
  const validity = { notBefore: clock.now() - 1000, notAfter: clock.now() + 86_400_000 };
  const ca = await createCertificateAuthority({ commonName: "test", random, ...validity });
  const serviceAccountKey = generateKeys().privatePem;
  await using stack = new AsyncDisposableStack();
  const store = shared?.store ?? stack.use(openMemoryStore({ clock }));
  const starting = createApiServer({
    store,
    clock,
    random,
    logger: silentLogger,
    version: versionInfo(),
    health: new HealthChecks({ logger: silentLogger }),
    serviceAccountKey,
    serviceAccountIssuer: "https://issuer.test",
    clientCa: ca.certificatePem,
    requestHeaderCa: ca.certificatePem,
    nodePorts: { from: 30000, to: 30010 },
    advertise: { address, port: 6443 },
    tolerations: { notReadySeconds: 300, unreachableSeconds: 300 },
    kubeletClient: () => ({ cert: ca.certificatePem, key: ca.keyPem }),
    kubeletCa: ca.certificatePem,
    ...told,
    onFailure: (error) => {
      throw error;
    },
  });
  const server = stack.use(await starting);
  const owned = stack.move();
  return {
    clock,
    serviceAccountKey,
    server,
    store,
    admin: server.client(ADMIN, "test"),
    send: (request) => send(server, clock, request),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function send(server: RunningApiServer, clock: FakeClock, request: RawRequest): Promise<RawResponse> {
  const { method = "GET", url, headers = {}, user = ADMIN } = request;
  const [path = "", query = ""] = url.split("?");
  const readBody = bodyOf(request);
  const response = await server.handler.handle({
    method,
    path,
    query: new URLSearchParams(query),
    headers,
    peer: user === null ? { address: "192.0.2.9" } : peerOf(user, clock.now() + 1),
    signal: new AbortController().signal,
    ...(readBody ? { readBody } : {}),
  });
  return { status: response.status, headers: response.headers, text: await textOf(response.body) };
}

function bodyOf({ body, text, readBody }: RawRequest): RawRequest["readBody"] {
  if (readBody) return readBody;
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
  return sent === undefined ? undefined : () => Promise.resolve(Buffer.from(sent));
}

async function textOf(body: Uint8Array | AsyncIterable<Uint8Array> | undefined): Promise<string> {
  if (body === undefined) return "";
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
