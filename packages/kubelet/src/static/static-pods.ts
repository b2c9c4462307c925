import type { V1Pod } from "@dingi/api";
import { wireTime } from "@dingi/apimachinery";
import type { Client } from "@dingi/client";
import { aborted, describeError, type Clock, type Logger } from "@dingi/base";
import type { Host } from "../host/host.ts";
import { fullName, Manifests } from "./manifests.ts";
import { isMirrorOf, MirrorPods } from "./mirror-pods.ts";
import { isStaticPod } from "./static-pod.ts";

/** A pod that runs here, or is ending. */
export interface RunningPod {
  readonly pod: V1Pod;
  update(pod: V1Pod): void;
}

interface StaticPodsOptions {
  readonly client: Client;
  readonly host: Host;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nodeName: string;
  readonly nodeUid: () => string | undefined;
  /** The directory of manifests; without, there are no static pods. */
  readonly path: string | undefined;
  /** All pods of this node, by uid. */
  readonly running: ReadonlyMap<string, RunningPod>;
  readonly start: (pod: V1Pod) => void;
  /** The API server shows the pod by another object than before, which knows nothing of its status. */
  readonly onMirror: (pod: V1Pod) => void;
}

/** Files are read again although nothing was told. */
const REREAD_MS = 20_000;
const RETRY_MS = 1000;

/** Pods that this node has from files, and shows to the API server as mirrors. */
export class StaticPods {
  readonly #options: StaticPodsOptions;
  readonly #manifests: Manifests | undefined;
  readonly #mirrors: MirrorPods;
  #wanted: ReadonlyMap<string, V1Pod> = new Map();
  #wake = Promise.withResolvers<void>();

  constructor(options: StaticPodsOptions) {
    const { path } = options;
    this.#options = options;
    this.#manifests = path === undefined ? undefined : new Manifests({ ...options, path });
    this.#mirrors = new MirrorPods(options);
  }

  /** Of those that are to run here, whether they do already or not. */
  get uids(): Iterable<string> {
    return this.#wanted.keys();
  }

  /** The object by which the API server knows the pod; undefined while it knows it by none. */
  mirrorOf(pod: V1Pod): V1Pod | undefined {
    return this.#mirrors.of(pod);
  }

  observe(mirror: V1Pod): void {
    const { running, onMirror } = this.#options;
    const pod = this.#wantedBy(mirror);
    const isNew = pod && this.#mirrors.of(pod)?.metadata.uid !== mirror.metadata.uid;
    this.#mirrors.observe(mirror);
    if (pod) running.get(pod.metadata.uid!)?.update({ ...pod, status: mirror.status });
    if (pod && isNew && this.#mirrors.of(pod)) onMirror(pod);
    this.poke();
  }

  forget(mirror: V1Pod): void {
    this.#mirrors.forget(mirror);
    this.poke();
  }

  /** Something may be possible that was not. */
  poke(): void {
    this.#wake.resolve();
  }

  /** Reads the files, and starts and ends what they ask for. */
  async load(): Promise<void> {
    const pods = (await this.#manifests?.pods()) ?? [];
    this.#wanted = new Map(pods.map((pod) => [pod.metadata.uid!, pod]));
    const { running, start, clock, nodeUid } = this.#options;
    for (const { pod, update } of this.#running())
      if (!this.#wanted.has(pod.metadata.uid!) && !isEnding(pod)) update(ending(pod, clock));
    // Differs: upstream starts them on a node that was never registered; here nobody knows before what room it has.
    if (nodeUid() === undefined) return;
    const names = new Set([...running.values()].map(({ pod }) => fullName(pod)));
    // One that has taken another's name waits until that one has ended.
    for (const [uid, pod] of this.#wanted) if (!running.has(uid) && !names.has(fullName(pod))) start(pod);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    const ended = aborted(signal);
    using _watch = await this.#manifests?.watch(() => this.poke());
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers<void>();
      let again = false;
      try {
        again = !(await this.#turn());
      } catch (error) {
        if (!signal.aborted) logger.warn("Static pods were not synced", { error: describeError(error) });
        again = true;
      }
      using _timer = clock.timer(again ? RETRY_MS : REREAD_MS, () => this.poke());
      await Promise.race([this.#wake.promise, ended]);
    }
  }

  /** Returns false while the node is not registered. */
  async #turn(): Promise<boolean> {
    await this.load();
    const nodeUid = this.#options.nodeUid();
    if (nodeUid === undefined) return false;
    const held = new Set(this.#running().map(({ pod }) => fullName(pod)));
    await this.#mirrors.reconcile([...this.#wanted.values()], { held, nodeUid });
    return true;
  }

  #wantedBy(mirror: V1Pod): V1Pod | undefined {
    return [...this.#wanted.values()].find((pod) => isMirrorOf(mirror, pod));
  }

  #running(): { pod: V1Pod; update: (pod: V1Pod) => void }[] {
    return [...this.#options.running.values()]
      .filter(({ pod }) => isStaticPod(pod))
      .map((entry) => ({ pod: entry.pod, update: (pod: V1Pod) => entry.update(pod) }));
  }
}

function isEnding({ metadata }: V1Pod): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** As if it had been deleted, with the grace that it asks for itself. */
function ending(pod: V1Pod, clock: Clock): V1Pod {
  const deletionGracePeriodSeconds = pod.spec.terminationGracePeriodSeconds ?? 30;
  return {
    ...pod,
    metadata: { ...pod.metadata, deletionTimestamp: wireTime(clock.now()), deletionGracePeriodSeconds },
  };
}
