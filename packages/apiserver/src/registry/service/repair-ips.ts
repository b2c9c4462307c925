import { IPAddress, Service, ServiceCIDR, type V1IPAddress, type V1Service } from "@dingi/api";
import { ignoreAlreadyExists, ignoreNotFound, keyString, keyOf } from "@dingi/apimachinery";
import { aborted, describeError, KeyedHeap, WakeUp, type Clock, type Logger, type Random } from "@dingi/base";
import { Informers, referenceTo, SeriesRecorder, type Client, type Informer } from "@dingi/client";
import { addressFor } from "./ip-allocator.ts";
import { planAddress, planService, type Allocations, type Complaint, type Repair } from "./repair-plan.ts";

const CONTROLLER = "ipallocator-repair-controller";
const RETRY_MS = 1_000;

interface IpRepairOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

interface Due {
  /** "service/NAMESPACE/NAME" or "address/NAME". */
  readonly key: string;
  readonly atMs: number;
}

/**
 * Holds Services and their IPAddress objects together: what a crash has left behind, or somebody has changed or removed.
 * Upstream: pkg/registry/core/service/ipallocator/controller/repairip.go
 */
export class IpRepair {
  readonly #options: IpRepairOptions;
  readonly #informers: Informers;
  readonly #services: Informer<V1Service>;
  readonly #addresses: Informer<V1IPAddress>;
  readonly #world: Allocations;
  readonly #events: SeriesRecorder;
  readonly #due = new KeyedHeap<Due>({ key: ({ key }) => key, before: (a, b) => a.atMs < b.atMs });
  readonly #wakeUp = new WakeUp();

  constructor(options: IpRepairOptions) {
    this.#options = options;
    this.#informers = new Informers(options);
    const services = (this.#services = this.#informers.of(Service));
    const addresses = (this.#addresses = this.#informers.of(IPAddress));
    const cidrs = this.#informers.of(ServiceCIDR);
    this.#world = {
      service: (namespace, name) => services.get({ namespace, name }),
      address: (name) => addresses.get(name),
      get cidrs() {
        return cidrs.list();
      },
    };
    this.#events = new SeriesRecorder({ ...options, controller: CONTROLLER, instance: CONTROLLER });
  }

  /** Repairs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    await using informers = this.#informers;
    informers.start();
    await Promise.race([informers.synced(), aborted(signal)]);
    if (signal.aborted) return;
    using _services = this.#services.onEvent(({ object }) => this.#plan(`service/${keyString(keyOf(object))}`));
    using _addresses = this.#addresses.onEvent(({ object }) => this.#addressChanged(object));
    while (!signal.aborted) {
      const next = this.#due.peek();
      if (!next) await this.#wakeUp.wait(signal);
      else if (next.atMs > clock.monotonic()) await this.#waitFor(next, signal);
      else {
        this.#due.delete(next.key);
        await this.#repair(next.key);
      }
    }
  }

  /** One that has gone is missed by its Service. */
  #addressChanged(address: V1IPAddress): void {
    this.#plan(`address/${address.metadata.name ?? ""}`);
    const { namespace = "", name = "" } = address.spec.parentRef ?? {};
    if (name !== "") this.#plan(`service/${namespace}/${name}`);
  }

  #plan(key: string, inMs = 0): void {
    const atMs = this.#options.clock.monotonic() + inMs;
    const known = this.#due.get(key);
    if (known && known.atMs <= atMs) return;
    this.#due.set({ key, atMs });
    this.#wakeUp.wake();
  }

  async #waitFor({ atMs }: Due, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    using _timer = clock.timer(atMs - clock.monotonic(), () => this.#wakeUp.wake());
    await this.#wakeUp.wait(signal);
  }

  async #repair(key: string): Promise<void> {
    const { clock, logger } = this.#options;
    const [kind, ...rest] = key.split("/");
    const name = rest.join("/");
    const object = kind === "service" ? this.#services.get(name) : this.#addresses.get(name);
    if (!object) return;
    const steps =
      kind === "service"
        ? planService(object as V1Service, this.#world)
        : planAddress(object as V1IPAddress, this.#world, clock.now());
    try {
      for (const step of steps) await this.#do(step, object, key);
    } catch (error) {
      logger.warn("A Service's addresses were not repaired", { object: name, error: describeError(error) });
      this.#plan(key, RETRY_MS);
    }
  }

  async #do(step: Repair, object: V1Service | V1IPAddress, key: string): Promise<void> {
    if (step.do === "wait") return this.#plan(key, step.ms);
    if (step.complaint) this.#complain(step.complaint, object);
    if (step.do === "complain") return;
    const { client } = this.#options;
    const at = { namespace: "", name: step.address };
    if (step.do !== "create") await client.delete(IPAddress, at).catch(ignoreNotFound);
    if (step.do !== "delete")
      await client.create(IPAddress, addressFor(object.metadata, step.address)).catch(ignoreAlreadyExists);
  }

  #complain({ reason, action, note }: Complaint, object: V1Service | V1IPAddress): void {
    this.#options.logger.warn(note, { reason });
    const kind = "parentRef" in object.spec ? IPAddress : Service;
    this.#events.event({ regarding: referenceTo(kind, object), type: "Warning", reason, action, note });
  }
}
