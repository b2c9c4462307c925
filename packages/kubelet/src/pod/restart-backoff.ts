import type { V1Container, V1Pod } from "@dingi/api";
import { encodeJson } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import { containerName, type PodRuntime } from "../runtime/pod-runtime.ts";
import { Backoff, durationText } from "./backoff.ts";
import { formatPod } from "./pod-containers.ts";

/** A container that has to wait before it is started again. */
interface HeldBack {
  readonly message: string;
  readonly remainingMs: number;
}

/**
 * Holds containers back that end again and again, whatever ends them: their program, a probe, a failed hook, a failed start.
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_manager.go#doBackOff
 */
export class RestartBackoff {
  readonly #backoff: Backoff;

  constructor(clock: Clock) {
    this.#backoff = new Backoff({ clock });
  }

  /**
   * Undefined when the container may start now, which counts as a try. The runtime is as it was before anything was
   * stopped in this round: a container that has just been killed is measured by the end of the one before it.
   */
  hold(pod: V1Pod, container: V1Container, runtime: PodRuntime): HeldBack | undefined {
    const ended = runtime.containers.find(
      (candidate) => containerName(candidate) === container.name && candidate.state === "CONTAINER_EXITED",
    );
    if (!ended) return undefined;
    const key = keyOf(pod, container);
    const endedMs = ended.finishedAtMs || ended.createdAtMs;
    const remainingMs = this.#backoff.remainingMs(key, endedMs);
    if (remainingMs === 0) {
      this.#backoff.next(key, endedMs);
      return undefined;
    }
    const text = durationText(this.#backoff.delayMs(key));
    return {
      message: `back-off ${text} restarting failed container=${container.name} pod=${formatPod(pod)}`,
      remainingMs,
    };
  }

  forget(uid: string): void {
    this.#backoff.reset(`${uid}/`);
  }
}

/** Another image or other resources are a new beginning. Upstream: pkg/kubelet/kuberuntime/helpers.go#GetBackoffKey */
function keyOf(pod: V1Pod, { name, image, resources = {} }: V1Container): string {
  return `${pod.metadata.uid}/${name}/${encodeJson({ image, resources })}`;
}
