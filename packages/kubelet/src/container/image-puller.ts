import { hasRuntimeCode, rpcErrorText, type ContainerRuntime, type Image, type PodSandboxConfig } from "@dingi/cri";
import type { V1Container, V1Pod, V1Secret } from "@dingi/api";
import type { Clock } from "@dingi/base";
import { Backoff, durationText } from "../pod/backoff.ts";
import type { EventType, PodEvents } from "../pod/pod-events.ts";
import { pullReference, type PullReference } from "./pull-reference.ts";
import type { DockerConfig } from "./docker-config.ts";
import { credentialsFor, lookUp } from "./keyring.ts";

/** Why an image is not there; `reason` is the container's waiting reason. */
export class ImageError extends Error {
  override name = "ImageError";
  readonly reason: "ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" | "InvalidImageName" | "ImageInspectError";

  constructor(reason: ImageError["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

interface ImagePullerOptions {
  readonly cri: ContainerRuntime;
  readonly clock: Clock;
  readonly events: PodEvents;
  secret(namespace: string, name: string): Promise<V1Secret | undefined>;
  /** What the node has for registries, whoever pulls. */
  nodeCredentials(): Promise<DockerConfig>;
}

/** For whom an image is brought. */
interface ImageUser {
  readonly pod: V1Pod;
  readonly container: V1Container;
  readonly sandbox: PodSandboxConfig;
  readonly signal: AbortSignal;
}

interface Failure {
  readonly atMs: number;
  /** "ErrImagePull: …" */
  readonly text: string;
}

/** Brings a container's image to the node, by its pull policy. Upstream: pkg/kubelet/images/image_manager.go */
export class ImagePuller {
  readonly #options: ImagePullerOptions;
  readonly #backoff: Backoff;
  /** By pod and image, as long as the pod is here. */
  readonly #failures = new Map<string, Failure>();

  constructor(options: ImagePullerOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ clock: options.clock });
  }

  /** Throws ImageError. */
  async ensure(user: ImageUser): Promise<Image> {
    const name = user.container.image ?? "";
    const reference = this.#reference(user, name);
    const policy = user.container.imagePullPolicy ?? "IfNotPresent";
    const present = policy === "Always" ? undefined : await this.#find(user, reference.image);
    if (present) {
      const text = `Container image ${JSON.stringify(name)} already present on machine and can be accessed by the pod`;
      this.#tell(user, "Normal", "Pulled", text);
      return present;
    }
    if (policy === "Never") {
      const message = `Container image ${JSON.stringify(name)} is not present with pull policy of Never`;
      this.#tell(user, "Warning", "ErrImageNeverPull", message);
      throw new ImageError("ErrImageNeverPull", message);
    }
    const key = `${user.pod.metadata.uid}_${name}`;
    this.#checkBackoff(user, key, name);
    return await this.#pull(user, { key, name, reference });
  }

  /** The pod is gone, and what failed for it. */
  forget(uid: string): void {
    this.#backoff.reset(`${uid}_`);
    for (const key of this.#failures.keys()) if (key.startsWith(`${uid}_`)) this.#failures.delete(key);
  }

  /** How many failures are remembered. */
  get size(): number {
    return this.#failures.size + this.#backoff.size;
  }

  #reference(user: ImageUser, name: string): PullReference {
    try {
      return pullReference(name);
    } catch (error) {
      const message = `Failed to apply default image tag ${JSON.stringify(name)}: ${(error as Error).message}`;
      this.#tell(user, "Warning", "InspectFailed", message);
      throw new ImageError("InvalidImageName", message, { cause: error });
    }
  }

  async #find(user: ImageUser, image: string): Promise<Image | undefined> {
    try {
      return await this.#options.cri.images.imageStatus({ image }, { signal: user.signal });
    } catch (error) {
      if (user.signal.aborted) throw error;
      const message = `Failed to inspect image ${JSON.stringify(image)}: ${rpcErrorText(error)}`;
      this.#tell(user, "Warning", "InspectFailed", message);
      throw new ImageError("ImageInspectError", message, { cause: error });
    }
  }

  #checkBackoff(user: ImageUser, key: string, name: string): void {
    const failure = this.#failures.get(key);
    if (!failure || this.#backoff.remainingMs(key, failure.atMs) === 0) return;
    const message = `Back-off pulling image ${JSON.stringify(name)}`;
    this.#tell(user, "Normal", "BackOff", message);
    throw new ImageError("ImagePullBackOff", `${message}: ${failure.text}`);
  }

  async #pull(user: ImageUser, pull: { key: string; name: string; reference: PullReference }): Promise<Image> {
    const { clock } = this.#options;
    const { key, name, reference } = pull;
    this.#tell(user, "Normal", "Pulling", `Pulling image ${JSON.stringify(name)}`);
    const startedMs = clock.monotonic();
    try {
      const image = await this.#pullWithCredentials(user, reference);
      this.#failures.delete(key);
      const took = durationText(clock.monotonic() - startedMs);
      const message = `Successfully pulled image ${JSON.stringify(name)} in ${took} (${took} including waiting). Image size: ${image.size} bytes.`;
      this.#tell(user, "Normal", "Pulled", message);
      return image;
    } catch (error) {
      if (user.signal.aborted) throw error;
      const why = rpcErrorText(error);
      this.#tell(user, "Warning", "Failed", `Failed to pull image ${JSON.stringify(name)}: ${why}`);
      this.#backoff.next(key, clock.now());
      this.#failures.set(key, { atMs: clock.now(), text: `ErrImagePull: ${why}` });
      throw new ImageError("ErrImagePull", why, { cause: error });
    }
  }

  /** Each that fits is tried until one is let in. Upstream: pkg/kubelet/kuberuntime/kuberuntime_image.go#PullImage */
  async #pullWithCredentials(user: ImageUser, { image, repository }: PullReference): Promise<Image> {
    const { images } = this.#options.cri;
    const { sandbox, signal } = user;
    const credentials = [
      ...credentialsFor(await this.#secrets(user), repository),
      ...lookUp([await this.#options.nodeCredentials()], repository),
    ];
    const refusals = new Set<string>();
    let refusal: unknown;
    for (const auth of credentials.length > 0 ? credentials : [undefined]) {
      try {
        await images.pullImage({ image }, { sandboxConfig: sandbox, signal, ...(auth ? { auth } : {}) });
        return await this.#pulled(image, signal);
      } catch (error) {
        if (signal.aborted || hasRuntimeCode(error, "Unavailable")) throw error;
        refusal = error;
        refusals.add(rpcErrorText(error));
      }
    }
    throw refusals.size === 1 ? refusal : new Error(`[${[...refusals].join(", ")}]`, { cause: refusal });
  }

  async #pulled(image: string, signal: AbortSignal): Promise<Image> {
    const pulled = await this.#options.cri.images.imageStatus({ image }, { signal });
    if (!pulled) throw new Error(`Image ${JSON.stringify(image)} vanished right after it was pulled`);
    return pulled;
  }

  async #secrets({ pod }: ImageUser): Promise<readonly V1Secret[]> {
    const { secret, events } = this.#options;
    const names = (pod.spec.imagePullSecrets ?? []).map(({ name = "" }) => name).filter((name) => name !== "");
    const found = await Promise.all(names.map((name) => secret(pod.metadata.namespace ?? "", name)));
    const missing = names.filter((_, at) => found[at] === undefined);
    if (missing.length > 0) {
      const message = `Unable to retrieve some image pull secrets (${missing.join(", ")}); attempting to pull the image may not succeed.`;
      events.pod(pod, "Warning", "FailedToRetrieveImagePullSecret", message);
    }
    return found.filter((each) => each !== undefined);
  }

  #tell({ pod, container }: ImageUser, type: EventType, reason: string, message: string): void {
    this.#options.events.container(pod, container, type, reason, message);
  }
}
