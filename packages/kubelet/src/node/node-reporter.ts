import { Lease, Node, type V1Lease, type V1Node, type V1NodeStatus } from "@dingi/api";
import {
  ignoreNotFound,
  wireTime,
  wireMicroTime,
  equalJson,
  isAlreadyExists,
  isConflict,
  isNotFound,
} from "@dingi/apimachinery";
import type { ContainerRuntime } from "@dingi/cri";
import { Backoff, type Client } from "@dingi/client";
import { describeError, type Clock, type Logger, type Random } from "@dingi/base";
import type { Host } from "../host/host.ts";
import {
  missingMarks,
  newNode,
  nodeStatus,
  observeRuntime,
  type NodeObservation,
  type NodeSettings,
} from "./node-object.ts";

const LEASE_NAMESPACE = "kube-node-lease";
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
const UPDATE_MS = 10_000;
const REPORT_MS = 5 * 60_000;
const RETRY_MS = 500;
const MAX_RETRY_MS = 7000;
/** A request that is not answered in this time is given up, and made anew. */
const REQUEST_MS = 10_000;

interface NodeReporterOptions {
  readonly client: Client;
  readonly cri: ContainerRuntime;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: NodeSettings;
}

/** Registers the node, then keeps its lease and status fresh. Upstream: pkg/kubelet/kubelet_node_status.go, component-helpers/apimachinery/lease */
export class NodeReporter {
  readonly #options: NodeReporterOptions;
  #node: V1Node | undefined;
  #reportedMs = Number.NEGATIVE_INFINITY;

  constructor(options: NodeReporterOptions) {
    this.#options = options;
  }

  /** The Node as last seen; undefined before registration. */
  get node(): V1Node | undefined {
    return this.#node;
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#reportForever(signal), this.#renewForever(signal)]);
  }

  async #reportForever(signal: AbortSignal): Promise<void> {
    const { clock, logger, random } = this.#options;
    const backoff = new Backoff({ minMs: RETRY_MS, maxMs: MAX_RETRY_MS, random });
    while (!signal.aborted) {
      const wait = await this.report(signal).then(
        (ready) => {
          backoff.reset();
          return ready ? UPDATE_MS : RETRY_MS;
        },
        (error: unknown) => {
          if (!signal.aborted) logger.warn("Node status was not reported", { error: describeError(error) });
          return backoff.next();
        },
      );
      await clock.sleep(wait, signal).catch(() => {});
    }
  }

  #limited(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#options.clock.deadline(REQUEST_MS)]);
  }

  /** Writes the status when it changed, or when it was not written for long. Says whether the node is ready. */
  async report(signal: AbortSignal): Promise<boolean> {
    const { cri, host, clock } = this.#options;
    const [info, usage, runtime] = await Promise.all([
      host.info(),
      host.usage(),
      observeRuntime(cri, { clock, signal }),
    ]);
    // The runtime has had a limit of its own: one that hangs is what the API server has to be told.
    return await this.#write({ info, usage, ...runtime }, this.#limited(signal));
  }

  async #write(found: Omit<NodeObservation, "now">, signal: AbortSignal): Promise<boolean> {
    const { client, clock, settings } = this.#options;
    this.#node ??= await this.#register(signal);
    const now = wireTime(clock.now());
    const status = nodeStatus(this.#node.status, settings, { ...found, now });
    const ready = status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;
    const stale = clock.monotonic() - this.#reportedMs >= REPORT_MS;
    if (!stale && equalJson(withoutHeartbeat(status), withoutHeartbeat(this.#node.status))) return ready;
    try {
      this.#node = await client.patch(
        Node,
        { namespace: "", name: settings.name },
        { status },
        { type: "strategic", subresource: "status", signal },
      );
      this.#reportedMs = clock.monotonic();
    } catch (error) {
      // The node was deleted: it registers again.
      if (isNotFound(error)) this.#node = undefined;
      throw error;
    }
    return ready;
  }

  async #register(signal: AbortSignal): Promise<V1Node> {
    const { client, host, settings } = this.#options;
    const wanted = newNode(settings, await host.info());
    try {
      return await client.create(Node, wanted, { signal });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    const key = { namespace: "", name: settings.name };
    const existing = await client.get(Node, key, { signal });
    const metadata = missingMarks(wanted.metadata, existing.metadata);
    return metadata ? await client.patch(Node, key, { metadata }, { type: "strategic", signal }) : existing;
  }

  async #renewForever(signal: AbortSignal): Promise<void> {
    const { clock, logger, random } = this.#options;
    const backoff = new Backoff({ minMs: RETRY_MS, maxMs: MAX_RETRY_MS, random });
    let lease: V1Lease | undefined;
    while (!signal.aborted) {
      try {
        lease = await this.#renew(lease, this.#limited(signal));
        backoff.reset();
        await clock.sleep(RENEW_MS * (1 + random.float() * 0.04), signal).catch(() => {});
      } catch (error) {
        if (signal.aborted) return;
        lease = undefined;
        if (!isConflict(error)) logger.debug("Node lease was not renewed", { error: describeError(error) });
        await clock.sleep(backoff.next(), signal).catch(() => {});
      }
    }
  }

  async #renew(known: V1Lease | undefined, signal: AbortSignal): Promise<V1Lease> {
    const { client, clock, settings } = this.#options;
    const key = { namespace: LEASE_NAMESPACE, name: settings.name };
    const renewTime = wireMicroTime(clock.now());
    const lease = known ?? (await client.get(Lease, key, { signal }).catch(ignoreNotFound));
    if (lease) return await client.update(Lease, { ...lease, spec: { ...lease.spec, renewTime } }, { signal });
    const uid = this.#node?.metadata.uid;
    const ownerReferences =
      uid === undefined ? {} : { ownerReferences: [{ apiVersion: "v1", kind: "Node", name: settings.name, uid }] };
    const metadata = { ...key, ...ownerReferences };
    const spec = { holderIdentity: settings.name, leaseDurationSeconds: LEASE_SECONDS, renewTime };
    return await client.create(Lease, { metadata, spec }, { signal });
  }
}

function withoutHeartbeat(status: V1NodeStatus): object {
  return {
    ...status,
    conditions: (status.conditions ?? []).map(({ lastHeartbeatTime: _time, ...condition }) => condition),
  };
}
