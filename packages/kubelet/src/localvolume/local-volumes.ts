import {
  LOCAL_VOLUME_FINALIZER,
  LOCAL_VOLUME_MADE,
  LOCAL_VOLUME_NODE,
  PersistentVolume,
  planLocalVolume,
  type V1PersistentVolume,
} from "@dingi/api";
import { ignoreGone, ignoreNotFound, isConflict, keyOf } from "@dingi/apimachinery";
import { aborted, describeError, type Clock, type Logger, type Random } from "@dingi/base";
import { Informer, type Client } from "@dingi/client";
import type { Host } from "../host/host.ts";

interface LocalVolumesOptions {
  /** May read volumes, mark and delete them. */
  readonly client: Client;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly nodeName: string;
  /** The kubelet's: "/var/lib/kubelet". */
  readonly rootDirectory: string;
}

const RETRY_MS = 2000;
/** Containers run as any user. */
const MODE = 0o777;

/**
 * Makes the directories of volumes that lie on this node's own disk, and removes those of volumes that are let go. Only
 * what lies in a directory of its own is ever touched, whatever path a volume names.
 */
export class LocalVolumes {
  readonly #options: LocalVolumesOptions;
  readonly #volumes: Informer<V1PersistentVolume>;
  /** Volumes that are worked on, and whether something happened meanwhile. */
  readonly #busy = new Map<string, boolean>();

  constructor(options: LocalVolumesOptions) {
    const { client, clock, random, logger, nodeName } = options;
    this.#options = options;
    const labelSelector = `${LOCAL_VOLUME_NODE}=${nodeName}`;
    this.#volumes = new Informer({ client, clock, random, logger, kind: PersistentVolume, labelSelector });
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const running = this.#volumes.run(signal);
    using _events = this.#volumes.onEvent(({ object }) => this.#poke(object.metadata.name ?? "", signal));
    await Promise.all([running, aborted(signal)]);
  }

  #poke(name: string, signal: AbortSignal): void {
    if (this.#busy.has(name)) this.#busy.set(name, true);
    else void this.#work(name, signal);
  }

  /** Until nothing more happened to the volume, and what was to be done is done. */
  async #work(name: string, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    do {
      this.#busy.set(name, false);
      try {
        const volume = this.#volumes.get({ namespace: "", name });
        if (volume) await this.#reconcile(volume);
      } catch (error) {
        if (signal.aborted) break;
        if (!isConflict(error)) logger.warn("Local volume was not kept", { volume: name, error: describeError(error) });
        this.#busy.set(name, true);
        await clock.sleep(RETRY_MS, signal).catch(() => {});
      }
    } while (this.#busy.get(name) && !signal.aborted);
    this.#busy.delete(name);
  }

  async #reconcile(volume: V1PersistentVolume): Promise<void> {
    const { host, rootDirectory } = this.#options;
    const directory = `${rootDirectory}/local-volumes/${volume.metadata.name}`;
    switch (planLocalVolume(volume)) {
      case "keep":
        return;
      case "make":
        await host.makeDirectory(directory, MODE);
        return await this.#mark(volume);
      case "remove":
        await host.removeTree(directory);
        return await this.#letGo(volume);
      case "let go":
        return await this.#letGo(volume);
    }
  }

  /** After this the directory is never made again. */
  async #mark(volume: V1PersistentVolume): Promise<void> {
    const annotations = { ...volume.metadata.annotations, [LOCAL_VOLUME_MADE]: "true" };
    const marked = { ...volume, metadata: { ...volume.metadata, annotations } };
    await this.#options.client.update(PersistentVolume, marked).catch(ignoreGone);
  }

  async #letGo(volume: V1PersistentVolume): Promise<void> {
    const { client } = this.#options;
    const key = keyOf(volume);
    if (volume.metadata.deletionTimestamp === undefined)
      await client.delete(PersistentVolume, key, { preconditions: { uid: volume.metadata.uid! } }).catch(ignoreGone);
    const fresh = await client.get(PersistentVolume, key).catch(ignoreNotFound);
    if (!fresh || fresh.metadata.uid !== volume.metadata.uid) return;
    const finalizers = (fresh.metadata.finalizers ?? []).filter((name) => name !== LOCAL_VOLUME_FINALIZER);
    if (finalizers.length === fresh.metadata.finalizers?.length) return;
    await client.update(PersistentVolume, { ...fresh, metadata: { ...fresh.metadata, finalizers } }).catch(ignoreGone);
  }
}
