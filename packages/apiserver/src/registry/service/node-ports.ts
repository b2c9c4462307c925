import { needsHealthCheckNodePort, needsNodePort, type V1Service, type V1ServicePort } from "@dingi/api";
import { invalid, newInternalError, newUnclassifiedError, type Draft } from "@dingi/apimachinery";
import type { PortSource } from "./port-allocator.ts";
import { refuse, type Transaction } from "./transaction.ts";

/**
 * The node ports of Services, each of them one Service's whatever the protocol.
 * Upstream: pkg/registry/core/service/storage/alloc.go#txnAllocNodePorts, #txnUpdateNodePorts
 */
export class NodePorts {
  readonly #allocator: PortSource;

  constructor(allocator: PortSource) {
    this.#allocator = allocator;
  }

  /** Throws StatusError 422 or 500. */
  async allocate(service: Draft<V1Service>, transaction: Transaction): Promise<void> {
    if (isExposed(service)) await this.#allocatePorts(service, transaction);
    if (needsHealthCheckNodePort(service)) await this.#allocateHealthPort(service, transaction);
  }

  /** Throws StatusError 422 or 500. */
  async update(service: Draft<V1Service>, before: V1Service, transaction: Transaction): Promise<void> {
    const old = nodePortsOf(before);
    if (isExposed(service)) await this.#updatePorts(service, old, transaction);
    // What the type no longer has goes out of the object later, in the strategy.
    const kept = new Set(isExposed(service) ? nodePortsOf(service) : []);
    const gone = old.filter((port) => !kept.has(port));
    const [needed, needs] = [needsHealthCheckNodePort(before), needsHealthCheckNodePort(service)];
    if (!needed && needs) await this.#allocateHealthPort(service, transaction);
    else if (needed && !needs && before.spec.healthCheckNodePort) gone.push(before.spec.healthCheckNodePort);
    for (const port of gone) transaction.frees(() => this.#allocator.release(port));
  }

  async release(service: V1Service): Promise<void> {
    for (const port of portsOf(service)) await this.#allocator.release(port);
  }

  /** Of a new Service: ports of one number, as for TCP and UDP, share a node port. */
  async #allocatePorts(service: Draft<V1Service>, transaction: Transaction): Promise<void> {
    const ports = service.spec.ports ?? [];
    const shared = new Map<number, number>();
    for (const [i, port] of ports.entries()) {
      if (!port.nodePort && !needsNodePort(service)) continue;
      const known = shared.get(port.port);
      if (known === undefined) {
        const wanted = port.nodePort || nodePortOf(ports, port.port);
        port.nodePort = await this.#takeOrNext(service, [i, wanted], transaction);
        shared.set(port.port, port.nodePort);
      } else if (!port.nodePort) port.nodePort = known;
      else if (port.nodePort !== known) await this.#takeFor(service, [i, port.nodePort], transaction);
    }
  }

  async #updatePorts(service: Draft<V1Service>, old: readonly number[], transaction: Transaction): Promise<void> {
    const own = new Set(old);
    const seen = new Set<string>();
    for (const [i, port] of (service.spec.ports ?? []).entries()) {
      if (!port.nodePort && !needsNodePort(service)) continue;
      if (!port.nodePort) port.nodePort = await this.#next(transaction);
      else if (!own.has(port.nodePort)) own.add(await this.#takeFor(service, [i, port.nodePort], transaction));
      const written = `{${port.protocol} ${port.nodePort}}`;
      if (seen.has(written)) throw newUnclassifiedError(`duplicate nodePort: ${written}`);
      seen.add(written);
    }
  }

  async #allocateHealthPort({ spec }: Draft<V1Service>, transaction: Transaction): Promise<void> {
    const asked = spec.healthCheckNodePort;
    if (!asked) {
      spec.healthCheckNodePort = await this.#next(transaction, "failed to allocate a HealthCheck NodePort 0");
      return;
    }
    const why = await this.#take(asked, transaction);
    if (why) throw newInternalError(`failed to allocate requested HealthCheck NodePort ${asked}: ${why}`);
  }

  async #takeOrNext(
    service: Draft<V1Service>,
    [i, wanted]: readonly [number, number | undefined],
    transaction: Transaction,
  ): Promise<number> {
    return wanted ? await this.#takeFor(service, [i, wanted], transaction) : await this.#next(transaction);
  }

  async #takeFor(
    service: Draft<V1Service>,
    [i, port]: readonly [number, number],
    transaction: Transaction,
  ): Promise<number> {
    const why = await this.#take(port, transaction);
    if (why) refuse(service, [invalid(`spec.ports[${i}].nodePort`, port, why)]);
    return port;
  }

  /** Why the port cannot be had; undefined when the write has it now. */
  async #take(port: number, transaction: Transaction): Promise<string | undefined> {
    const { from, to } = this.#allocator.range;
    if (port < from || port > to)
      return `provided port is not in the valid range. The range of valid ports is ${from}-${to}`;
    if (!(await this.#allocator.take(port))) return "provided port is already allocated";
    transaction.took(() => this.#allocator.release(port));
    return undefined;
  }

  async #next(transaction: Transaction, failure = "failed to allocate a nodePort"): Promise<number> {
    const port = await this.#allocator.next();
    if (port === undefined) throw newInternalError(`${failure}: range is full`);
    transaction.took(() => this.#allocator.release(port));
    return port;
  }
}

/** Whether the type has node ports, if only those that its writer chose. */
const isExposed = ({ spec }: V1Service | Draft<V1Service>): boolean =>
  spec.type === "NodePort" || spec.type === "LoadBalancer";

/** That of whichever port has this number and was given one. */
function nodePortOf(ports: readonly V1ServicePort[], port: number): number | undefined {
  return ports.find((other) => other.port === port && other.nodePort)?.nodePort;
}

function nodePortsOf({ spec }: V1Service | Draft<V1Service>): number[] {
  const ports: readonly V1ServicePort[] = spec.ports ?? [];
  return ports.flatMap(({ nodePort }) => (nodePort ? [nodePort] : []));
}

export function portsOf(service: V1Service): number[] {
  const { healthCheckNodePort } = service.spec;
  return healthCheckNodePort ? [...nodePortsOf(service), healthCheckNodePort] : nodePortsOf(service);
}
