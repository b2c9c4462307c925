import { ServiceCIDR, type V1ServiceCIDR } from "@dingi/api";
import { equalJson, ignoreAlreadyExists, ignoreNotFound, wireTime } from "@dingi/apimachinery";
import { describeError, type Clock, type Logger, type Random } from "@dingi/base";
import { EventRecorder, referenceTo, type Client } from "@dingi/client";
import { periodically } from "../periodically.ts";

const NAME = "kubernetes";
const CONTROLLER = "kubernetes-service-cidr-controller";
const INTERVAL_MS = 10_000;

interface DefaultServiceCidrOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Those of the server's flag --service-cluster-ip-range, the default family first. */
  readonly cidrs: readonly string[];
}

/**
 * The ServiceCIDR `kubernetes`: what the server was told of the addresses of Services, as an object.
 * Upstream: pkg/controlplane/controller/defaultservicecidr/default_servicecidr_controller.go
 */
export class DefaultServiceCidr {
  readonly #options: DefaultServiceCidrOptions;
  readonly #events: EventRecorder;
  readonly #told = new Set<string>();

  constructor(options: DefaultServiceCidrOptions) {
    this.#options = options;
    this.#events = new EventRecorder({ ...options, component: CONTROLLER });
  }

  /** Keeps it until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    const onFailure = (error: unknown) =>
      logger.error("The default ServiceCIDR was not looked after", { error: describeError(error) });
    await periodically({ clock, everyMs: INTERVAL_MS, work: () => this.sync(), onFailure }, signal);
  }

  /** Makes it where it is missing; rejects when it cannot be made. */
  async sync(): Promise<void> {
    const { client, cidrs } = this.#options;
    const current = await client.get(ServiceCIDR, { namespace: "", name: NAME }).catch(ignoreNotFound);
    if (!current) {
      const wanted = { metadata: { name: NAME }, spec: { cidrs } };
      const made = await client.create(ServiceCIDR, wanted).catch(ignoreAlreadyExists);
      return made ? await this.#syncStatus(made) : undefined;
    }
    const [first] = current.spec.cidrs ?? [];
    if (cidrs.length === 2 && current.spec.cidrs?.length === 1 && first === cidrs[0]) await this.#upgrade(current);
    else await this.#syncStatus(current);
  }

  /** From one family to two. */
  async #upgrade(current: V1ServiceCIDR): Promise<void> {
    const { client, cidrs } = this.#options;
    try {
      await client.update(ServiceCIDR, { ...current, spec: { cidrs } });
    } catch (error) {
      const text = `The default ServiceCIDR can not be upgraded from ${cidrs[0]} to dual stack [${cidrs.join(" ")}] : ${describeError(error)}`;
      this.#warn(current, "KubernetesDefaultServiceCIDRError", text);
    }
  }

  /** Says that it is ready, where nobody has said anything; its own controller removes it. */
  async #syncStatus(current: V1ServiceCIDR): Promise<void> {
    const { client, clock, cidrs } = this.#options;
    if (current.metadata.deletionTimestamp !== undefined) return;
    if (!equalJson(current.spec.cidrs ?? [], cidrs)) {
      const [is, wanted] = [current.spec.cidrs ?? [], cidrs].map((list) => `[${list.join(" ")}]`);
      const text = `The default ServiceCIDR ${is} does not match the controller flag configurations ${wanted}`;
      return this.#warn(current, "KubernetesDefaultServiceCIDRInconsistent", text);
    }
    const ready = current.status.conditions?.find(({ type }) => type === "Ready");
    if (ready?.status === "False")
      return this.#warn(current, ready.reason, `Configuration matches, but ${ready.message}`);
    if (ready?.status === "True") return;
    const condition = {
      type: "Ready",
      status: "True",
      reason: "",
      message: "Kubernetes default Service CIDR is ready",
      lastTransitionTime: wireTime(clock.now()),
    };
    const status = { conditions: [condition] };
    const patch = { apiVersion: ServiceCIDR.apiVersion, kind: ServiceCIDR.kind, metadata: { name: NAME }, status };
    const options = { type: "apply", fieldManager: CONTROLLER, force: true, subresource: "status" } as const;
    await client.patch(ServiceCIDR, { namespace: "", name: NAME }, patch, options);
  }

  /** Once for each reason. */
  #warn(about: V1ServiceCIDR, reason: string, message: string): void {
    if (this.#told.has(reason)) return;
    this.#told.add(reason);
    this.#options.logger.warn(message, { reason });
    this.#events.event(referenceTo(ServiceCIDR, about), "Warning", reason, message);
  }
}
