import { EndpointSlice, Namespace, Service, type V1EndpointSlice, type V1Namespace, type V1Service } from "@dingi/api";
import type { Informer, Informers } from "@dingi/client";
import { serviceRecord, type Records, type ServiceRecord } from "./records.ts";

const SERVICE_NAME_LABEL = "kubernetes.io/service-name";

/** The cluster's records, kept from informers; a service's are made again when it or one of its slices changes. */
export class RecordIndex implements Records, Disposable {
  readonly zone: string;
  readonly #services = new Map<string, V1Service>();
  readonly #slices = new Map<string, Map<string, V1EndpointSlice>>();
  readonly #records = new Map<string, ServiceRecord>();
  readonly #byClusterIp = new Map<string, ServiceRecord>();
  /** Service keys by endpoint address. */
  readonly #byEndpoint = new Map<string, Set<string>>();
  readonly #namespaces: Informer<V1Namespace>;
  readonly #sources: readonly { readonly hasSynced: boolean }[];
  readonly #subscriptions = new DisposableStack();
  #serial = 1;

  constructor(informers: Informers, clusterDomain: string) {
    this.zone = clusterDomain.toLowerCase().replace(/\.$/, "");
    const services = informers.of(Service);
    const slices = informers.of(EndpointSlice);
    this.#namespaces = informers.of(Namespace);
    this.#sources = [services, slices];
    this.#subscriptions.use(services.onEvent(({ type, object }) => this.#onService(object, type === "deleted")));
    this.#subscriptions.use(
      slices.onEvent((event) => {
        if (event.type === "updated" && keyOfSlice(event.previous) !== keyOfSlice(event.object))
          this.#onSlice(event.previous, true);
        this.#onSlice(event.object, event.type === "deleted");
      }),
    );
  }

  /** Before this, that something is not here does not say that it is not there. */
  get hasSynced(): boolean {
    return this.#sources.every(({ hasSynced }) => hasSynced);
  }

  get serial(): number {
    return this.#serial;
  }

  service(namespace: string, name: string): ServiceRecord | undefined {
    return this.#records.get(`${namespace}/${name}`);
  }

  hasNamespace(namespace: string): boolean {
    // An identity that may not watch namespaces still serves: then any may exist.
    return !this.#namespaces.hasSynced || this.#namespaces.get(namespace) !== undefined;
  }

  serviceAt(address: string): ServiceRecord | undefined {
    return this.#byClusterIp.get(address);
  }

  *endpointsAt(address: string): Iterable<ServiceRecord> {
    for (const key of this.#byEndpoint.get(address) ?? []) {
      const record = this.#records.get(key);
      if (record) yield record;
    }
  }

  [Symbol.dispose](): void {
    this.#subscriptions.dispose();
  }

  #onService(service: V1Service, deleted: boolean): void {
    const key = `${service.metadata.namespace ?? ""}/${service.metadata.name ?? ""}`;
    if (deleted) this.#services.delete(key);
    else this.#services.set(key, service);
    this.#refresh(key);
  }

  #onSlice(slice: V1EndpointSlice, deleted: boolean): void {
    const key = keyOfSlice(slice);
    if (key === undefined) return;
    const { name = "" } = slice.metadata;
    const known = this.#slices.get(key) ?? new Map<string, V1EndpointSlice>();
    if (deleted) known.delete(name);
    else known.set(name, slice);
    if (known.size > 0) this.#slices.set(key, known);
    else this.#slices.delete(key);
    this.#refresh(key);
  }

  #refresh(key: string): void {
    this.#serial = (this.#serial + 1) >>> 0;
    this.#forget(key);
    const service = this.#services.get(key);
    if (!service) return;
    const record = serviceRecord(service, this.#slices.get(key)?.values() ?? []);
    this.#records.set(key, record);
    for (const address of record.clusterIps) this.#byClusterIp.set(address, record);
    for (const { address } of record.endpoints) {
      const keys = this.#byEndpoint.get(address);
      if (keys) keys.add(key);
      else this.#byEndpoint.set(address, new Set([key]));
    }
  }

  #forget(key: string): void {
    const record = this.#records.get(key);
    if (!record) return;
    this.#records.delete(key);
    for (const address of record.clusterIps)
      if (this.#byClusterIp.get(address) === record) this.#byClusterIp.delete(address);
    for (const { address } of record.endpoints) {
      const keys = this.#byEndpoint.get(address);
      if (keys?.delete(key) && keys.size === 0) this.#byEndpoint.delete(address);
    }
  }
}

function keyOfSlice(slice: V1EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.[SERVICE_NAME_LABEL];
  return name ? `${slice.metadata.namespace ?? ""}/${name}` : undefined;
}
