import { Pod, type V1Pod, type V1PodStatus } from "@dingi/api";
import { createStrategicMergePatch, equalJson, isNotFound, type KubeObject } from "@dingi/apimachinery";
import type { Client } from "@dingi/client";
import { describeError, type Clock, type Logger } from "@dingi/base";
import { ownStatus } from "./own-status.ts";

interface Wanted {
  readonly pod: V1Pod;
  readonly status: V1PodStatus;
}

const RETRY_MS = 1000;
const MAX_RETRY_MS = 10_000;

/** Tells the API server how pods do: the newest status of each, one write at a time. Upstream: pkg/kubelet/status/status_manager.go */
export class StatusManager {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #wanted = new Map<string, Wanted>();
  readonly #written = new Map<string, V1PodStatus>();
  readonly #target: (pod: V1Pod) => V1Pod | undefined;
  readonly #writing = new Map<string, Promise<void>>();

  /** `target` gives the object that shows a pod to the API server; undefined while there is none. */
  constructor(client: Client, clock: Clock, logger: Logger, target: (pod: V1Pod) => V1Pod | undefined = itself) {
    this.#target = target;
    this.#client = client;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** What was last set, written or not. */
  get(uid: string): V1PodStatus | undefined {
    return this.#wanted.get(uid)?.status ?? this.#written.get(uid);
  }

  set(pod: V1Pod, status: V1PodStatus): void {
    const uid = pod.metadata.uid!;
    const before = this.get(uid) ?? pod.status;
    if (equalJson(before, status)) return;
    this.#want({ pod, status });
  }

  /** Another object shows the pod now: it is given the whole status. */
  tellAgain(pod: V1Pod): void {
    const uid = pod.metadata.uid!;
    const status = this.get(uid);
    this.#written.delete(uid);
    if (status) this.#want({ pod, status });
  }

  #want(wanted: Wanted): void {
    const uid = wanted.pod.metadata.uid!;
    this.#wanted.set(uid, wanted);
    if (!this.#writing.has(uid))
      this.#writing.set(
        uid,
        this.#write(uid).finally(() => this.#writing.delete(uid)),
      );
  }

  /** Resolves once the newest status of the pod is written, or the pod is gone. */
  async flushed(uid: string): Promise<void> {
    await this.#writing.get(uid);
  }

  forget(uid: string): void {
    this.#wanted.delete(uid);
    this.#written.delete(uid);
  }

  async #write(uid: string): Promise<void> {
    let retryMs = RETRY_MS;
    for (let wanted = this.#wanted.get(uid); wanted; wanted = this.#wanted.get(uid)) {
      const target = this.#target(wanted.pod);
      if (!target) return; // Told again once there is one.
      try {
        await this.#patch(wanted, target);
      } catch (error) {
        if (isNotFound(error)) return target === wanted.pod ? this.forget(uid) : undefined;
        this.#logger.warn("Pod status was not written", { pod: wanted.pod.metadata.name, error: describeError(error) });
        await this.#clock.sleep(retryMs);
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
        continue;
      }
      retryMs = RETRY_MS;
      if (this.#target(wanted.pod)?.metadata.uid !== target.metadata.uid) continue;
      this.#written.set(uid, wanted.status);
      if (this.#wanted.get(uid) === wanted) this.#wanted.delete(uid);
    }
  }

  async #patch({ pod, status }: Wanted, target: V1Pod): Promise<KubeObject> {
    const { name = "", namespace = "", uid } = target.metadata;
    const before = this.#written.get(pod.metadata.uid!) ?? target.status;
    // The difference, not the whole: what the new status lacks, such as an old address, has to be named to go.
    const [from, to] = [{ status: ownStatus(before) }, { status: ownStatus(status) }];
    const difference = createStrategicMergePatch(Pod.schema, from, to);
    const patch = { ...difference, metadata: { uid } };
    return await this.#client.patch(Pod, { namespace, name }, patch, { type: "strategic", subresource: "status" });
  }
}

function itself(pod: V1Pod): V1Pod {
  return pod;
}
