import {
  ConfigMap,
  Secret,
  type V1ConfigMap,
  type V1Container,
  type V1Pod,
  type V1Secret,
  type V1Volume,
} from "@dingi/api";
import { isForbidden, isNotFound, type KindDefinition, type KubeObject } from "@dingi/apimachinery";
import { Informer, type Client } from "@dingi/client";
import type { Clock, Logger, Random } from "@dingi/base";
import { everyContainer } from "./pod-containers.ts";

interface Entry {
  readonly informer: Informer<KubeObject>;
  readonly stop: AbortController;
  readonly pods: Set<string>;
}

interface ReferencedObjectsOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** A referenced object changed: these pods have to be looked at. */
  readonly onChange: (uids: ReadonlySet<string>) => void;
}

/**
 * The ConfigMaps and Secrets that this node's pods refer to, each watched by name for as long as a pod needs it.
 * Upstream: pkg/kubelet/util/manager/watch_based_manager.go
 */
export class ReferencedObjects implements Disposable {
  readonly #options: ReferencedObjectsOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: ReferencedObjectsOptions) {
    this.#options = options;
  }

  /** Watches what the pod refers to. */
  register(pod: V1Pod): void {
    const uid = pod.metadata.uid!;
    for (const { kind, name } of references(pod)) this.#entry(kind, pod.metadata.namespace ?? "", name).pods.add(uid);
  }

  unregister(uid: string): void {
    for (const [key, entry] of this.#entries) {
      if (!entry.pods.delete(uid) || entry.pods.size > 0) continue;
      entry.stop.abort(new Error("No pod refers to the object any more"));
      this.#entries.delete(key);
    }
  }

  async configMap(namespace: string, name: string): Promise<V1ConfigMap | undefined> {
    return await this.#get(ConfigMap, namespace, name);
  }

  async secret(namespace: string, name: string): Promise<V1Secret | undefined> {
    return await this.#get(Secret, namespace, name);
  }

  [Symbol.dispose](): void {
    for (const { stop } of this.#entries.values()) stop.abort(new Error("The kubelet is stopping"));
    this.#entries.clear();
  }

  /** From the watch once it has spoken; until then, asked for. */
  async #get<T extends KubeObject>(kind: KindDefinition<T>, namespace: string, name: string): Promise<T | undefined> {
    const entry = this.#entries.get(`${kind.kind}/${namespace}/${name}`);
    if (entry?.informer.hasSynced) return entry.informer.get({ namespace, name }) as T | undefined;
    try {
      return await this.#options.client.get(kind, { namespace, name });
    } catch (error) {
      // The node authorizer learns of a new pod's references a moment after the pod itself arrives.
      if (isNotFound(error) || isForbidden(error)) return undefined;
      throw error;
    }
  }

  #entry(kind: KindDefinition<never> | KindDefinition, namespace: string, name: string): Entry {
    const key = `${kind.kind}/${namespace}/${name}`;
    const known = this.#entries.get(key);
    if (known) return known;
    const { client, clock, random, logger, onChange } = this.#options;
    const informer = new Informer<KubeObject>({
      client,
      kind: kind as KindDefinition,
      clock,
      random,
      logger,
      namespace,
      fieldSelector: `metadata.name=${name}`,
    });
    const entry = { informer, stop: new AbortController(), pods: new Set<string>() };
    informer.onEvent(() => onChange(entry.pods));
    void informer.run(entry.stop.signal);
    this.#entries.set(key, entry);
    return entry;
  }
}

interface Reference {
  readonly kind: KindDefinition<never>;
  readonly name: string;
}

const configMap = (name = ""): Reference => ({ kind: ConfigMap as unknown as KindDefinition<never>, name });
const secret = (name = ""): Reference => ({ kind: Secret as unknown as KindDefinition<never>, name });

function* references(pod: V1Pod): Iterable<Reference> {
  const { spec } = pod;
  for (const { name } of spec.imagePullSecrets ?? []) yield secret(name);
  for (const volume of spec.volumes ?? []) yield* volumeReferences(volume);
  for (const container of everyContainer(pod)) yield* environmentReferences(container);
}

function* volumeReferences(volume: V1Volume): Iterable<Reference> {
  if (volume.configMap) yield configMap(volume.configMap.name);
  if (volume.secret) yield secret(volume.secret.secretName);
  for (const source of volume.projected?.sources ?? []) {
    if (source.configMap) yield configMap(source.configMap.name);
    if (source.secret) yield secret(source.secret.name);
  }
}

function* environmentReferences({ envFrom, env }: V1Container): Iterable<Reference> {
  for (const { configMapRef, secretRef } of envFrom ?? []) {
    if (configMapRef) yield configMap(configMapRef.name);
    if (secretRef) yield secret(secretRef.name);
  }
  for (const { valueFrom } of env ?? []) {
    if (valueFrom?.configMapKeyRef) yield configMap(valueFrom.configMapKeyRef.name);
    if (valueFrom?.secretKeyRef) yield secret(valueFrom.secretKeyRef.name);
  }
}
