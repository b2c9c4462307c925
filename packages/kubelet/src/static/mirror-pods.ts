import { MIRROR_ANNOTATION, Pod, type V1Pod } from "@dingi/api";
import { ignoreAlreadyExists, ignoreGone, type Draft } from "@dingi/apimachinery";
import type { Client } from "@dingi/client";
import { fullName } from "./manifests.ts";
import { HASH_ANNOTATION } from "./static-pod.ts";

interface MirrorPodsOptions {
  readonly client: Client;
  readonly nodeName: string;
}

interface MirrorContext {
  /** Names, as "NAMESPACE/NAME". */
  readonly held: ReadonlySet<string>;
  readonly nodeUid: string;
}

type MirrorStep = "create" | "delete" | "nothing";

/** What a static pod's mirror needs; a deleted or foreign one is replaced once it is gone. Pure. */
export function planMirror(pod: V1Pod | undefined, mirror: V1Pod | undefined): MirrorStep {
  if (!mirror) return pod ? "create" : "nothing";
  return pod && isMirrorOf(mirror, pod) && mirror.metadata.deletionTimestamp === undefined ? "nothing" : "delete";
}

export function isMirrorOf(mirror: V1Pod, pod: V1Pod): boolean {
  return mirror.metadata.annotations?.[MIRROR_ANNOTATION] === hashOf(pod) && fullName(mirror) === fullName(pod);
}

/** The objects by which the API server knows this node's static pods. Upstream: pkg/kubelet/pod/mirror_client.go */
export class MirrorPods {
  readonly #options: MirrorPodsOptions;
  readonly #mirrors = new Map<string, V1Pod>();

  constructor(options: MirrorPodsOptions) {
    this.#options = options;
  }

  observe(mirror: V1Pod): void {
    this.#mirrors.set(fullName(mirror), mirror);
  }

  forget(mirror: V1Pod): void {
    const name = fullName(mirror);
    if (this.#mirrors.get(name)?.metadata.uid === mirror.metadata.uid) this.#mirrors.delete(name);
  }

  /** The pod's mirror, unless it is going. */
  of(pod: V1Pod): V1Pod | undefined {
    const mirror = this.#mirrors.get(fullName(pod));
    return planMirror(pod, mirror) === "nothing" ? mirror : undefined;
  }

  /** Gives every pod its mirror; those of none go, but for `held`, whose pods are still ending. */
  async reconcile(pods: readonly V1Pod[], { held, nodeUid }: MirrorContext): Promise<void> {
    const wanted = new Map(pods.map((pod) => [fullName(pod), pod]));
    for (const name of new Set([...wanted.keys(), ...this.#mirrors.keys()])) {
      const pod = wanted.get(name);
      const mirror = this.#mirrors.get(name);
      const step = planMirror(pod, mirror);
      if (step === "create") await this.#create(pod!, nodeUid);
      else if (step === "delete" && (pod || !held.has(name))) await this.#delete(mirror!);
    }
  }

  async #create(pod: V1Pod, nodeUid: string): Promise<void> {
    const { client, nodeName } = this.#options;
    const { uid: _own, ...metadata } = pod.metadata;
    const mirror: Draft<V1Pod> = {
      metadata: {
        ...(metadata as Draft<V1Pod>["metadata"]),
        annotations: { ...metadata.annotations, [MIRROR_ANNOTATION]: hashOf(pod) },
        ownerReferences: [{ apiVersion: "v1", kind: "Node", name: nodeName, uid: nodeUid, controller: true }],
      },
      spec: pod.spec as Draft<V1Pod>["spec"],
      status: { phase: "Pending" },
    };
    await client.create(Pod, mirror as V1Pod).catch(ignoreAlreadyExists);
  }

  async #delete({ metadata }: V1Pod): Promise<void> {
    const { name = "", namespace = "", uid = "" } = metadata;
    const options = { gracePeriodSeconds: 0, preconditions: { uid } };
    await this.#options.client.delete(Pod, { namespace, name }, options).catch(ignoreGone);
  }
}

function hashOf(pod: V1Pod): string {
  return pod.metadata.annotations?.[HASH_ANNOTATION] ?? "";
}
