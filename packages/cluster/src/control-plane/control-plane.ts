import { join } from "node:path";
import { createApiServer, HttpServer } from "@dingi/apiserver";
import { EncryptedStore, openEtcdStore, openMemoryStore, openSqliteStore, type Store } from "@dingi/store";
import { dialTcp, HealthChecks, versionInfo, type ClusterPki, type KeyPair } from "@dingi/component-base";
import type { Dialer } from "@dingi/apimachinery";
import { describeError, systemClock, systemRandom } from "@dingi/base";
import { openAudit } from "./audit.ts";
import { publishBaseServices } from "./base-services.ts";
import { publishDefaultStorageClass } from "./default-storage-class.ts";
import { encryptionRules, sealAnew } from "./encryption.ts";
import type { ClientFactory, ControlPlaneOptions } from "./control-plane-options.ts";
import { RunningParts } from "./running-parts.ts";
import { etcdLocation } from "../config/etcd-config.ts";
import { API_FABRIC_PORT, apiAddress, simulatedNodeNetwork } from "../machine/addresses.ts";
import { STORE_FILE } from "../config/paths.ts";
import { apiServerFlags } from "./api-server-flags.ts";

interface ControlPlane extends AsyncDisposable {
  /** When the API server answered, on the process's own clock. */
  readonly readyMs: number;
  /** Goes on with other certificates of the same authorities; what is open stays open. */
  renew(pki: ClusterPki): void;
}

/** By the names that ComponentStatuses have. */
const PARTS = ["controller-manager", "scheduler"] as const;

const ISSUER = "https://kubernetes.default.svc.cluster.local";

/** API server, controllers and scheduler in this process. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { config, logger, onFailure } = options;
  let { pki } = options;
  const [clock, random] = [systemClock, systemRandom];
  await using stack = new AsyncDisposableStack();
  const encryption = { config, encryptionFile: options.encryptionFile, random, logger };
  const rules = await encryptionRules(encryption);
  const below = await openStore(options);
  const store = stack.use(rules ? new EncryptedStore(below, rules) : below);
  const health = new HealthChecks({ logger });
  const running = new RunningParts();
  const partsHere = PARTS.filter((name) => !config.disabled?.includes(name));
  const advertise = { address: apiAddress(config.fabric), port: API_FABRIC_PORT };
  const audit = openAudit({ flags: config.flags ?? {}, logDirectory: options.logDirectory, clock });
  if (audit) stack.use(audit);
  const api = stack.use(
    await createApiServer({
      store,
      clock,
      random,
      logger: logger.with({ component: "apiserver" }),
      version: versionInfo(),
      health,
      serviceAccountKey: pki.serviceAccount.privatePem,
      serviceAccountIssuer: ISSUER,
      clientCa: pki.ca.trusted,
      requestHeaderCa: pki.frontProxyCa.trusted,
      serviceCidrs: [config.serviceCidr],
      nodePorts: { from: 30000, to: 32767 },
      advertise,
      ...apiServerFlags(config.flags ?? {}),
      dialer: directDialer,
      ...(config.runtime === "simulated" ? { nodeNetwork: simulatedNodeNetwork(config.fabric) } : {}),
      kubeletClient: () => certificateOf(pki.apiserverKubeletClient),
      kubeletCa: pki.ca.trusted,
      frontProxyClient: () => certificateOf(pki.frontProxyClient),
      resourceMetrics: {},
      components: Object.fromEntries(partsHere.map((name) => [name, running.checkOf(name)])),
      audit,
      onFailure,
    }),
  );
  const server = stack.use(
    new HttpServer({ handler: api.handler, ...certificateOf(pki.apiserver), clientCa: pki.ca.trusted, logger }),
  );
  await server.listen({ host: "127.0.0.1", port: config.apiPort });
  if (options.fabricFd !== undefined) await server.listen({ fd: options.fabricFd });
  const readyMs = clock.monotonic();
  const stop = new AbortController();
  const parts = runParts({ options, running, clientOf: api.client }, stop.signal);
  parts.catch(onFailure);
  const sealed = sealAnew(store, encryption, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) logger.error("Values were not encrypted anew", { error: describeError(error) });
  });
  stack.defer(async () => {
    stop.abort(new Error("The control plane is stopping"));
    await parts.catch(() => {});
    await sealed;
  });
  const client = api.client({ name: "system:apiserver", groups: ["system:masters"] }, "dingi");
  await publishBaseServices(config, client);
  await publishDefaultStorageClass(client);
  const owned = stack.move();
  const renew = (next: ClusterPki) => {
    pki = next;
    server.setCertificate(next.apiserver.certificatePem, next.apiserver.keyPem, next.ca.trusted);
  };
  return { readyMs, renew, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const certificateOf = ({ certificatePem, keyPem }: KeyPair) => ({ cert: certificatePem, key: keyPem });

interface Parts {
  readonly options: ControlPlaneOptions;
  readonly running: RunningParts;
  readonly clientOf: ClientFactory;
}

/** Loaded once the API server answers: who waits for it need not wait for them. */
async function runParts({ options, running, clientOf }: Parts, signal: AbortSignal): Promise<void> {
  const [{ runControllers }, { runScheduler }] = await Promise.all([
    import("./controllers.ts"),
    import("./scheduler.ts"),
  ]);
  const schedules = !options.config.disabled?.includes("scheduler");
  await Promise.all([
    running.track("controller-manager", runControllers(options, clientOf, signal)),
    schedules ? running.track("scheduler", runScheduler(options, clientOf, signal)) : undefined,
  ]);
}

async function openStore({ config, storeDirectory, storeMark, logger }: ControlPlaneOptions): Promise<Store> {
  if (config.store === "memory") return openMemoryStore({ clock: systemClock });
  const own = logger.with({ component: "store" });
  if (config.etcd) return await openEtcdStore({ ...etcdLocation(config.etcd), random: systemRandom, logger: own });
  return await openSqliteStore({
    path: join(storeDirectory, STORE_FILE),
    markPath: storeMark,
    clock: systemClock,
    logger: own,
  });
}

/** The host has routes to nodes and pods, so a connection is just that. */
const directDialer: Dialer = {
  async dial(target, signal) {
    if (!("port" in target) || !("host" in target)) throw new Error("Only addresses can be dialled from here");
    return await dialTcp(target.host, target.port, signal);
  },
};
