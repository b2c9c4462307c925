import { hasRuntimeCode, type AuthConfig, type ContainerRuntime, type Image, type PodSandboxConfig } from "@dingi/cri";
import type { V1Container, V1Pod, V1Secret } from "@dingi/api";
import { describeError, type Clock } from "@dingi/base";
import { Backoff } from "../pod/backoff.ts";

/** Why an image is not there; `reason` is the container's waiting reason. */
export class ImageError extends Error {
  override name = "ImageError";
  readonly reason: "ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" | "InvalidImageName";

  constructor(reason: ImageError["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export interface ImagePullerEvents {
  event(pod: V1Pod, container: V1Container, type: "Normal" | "Warning", reason: string, message: string): void;
}

export interface ImagePullerOptions {
  readonly cri: ContainerRuntime;
  readonly clock: Clock;
  readonly events: ImagePullerEvents;
  secret(namespace: string, name: string): Promise<V1Secret | undefined>;
}

/** Brings a container's image to the node, by its pull policy. Upstream: pkg/kubelet/images/image_manager.go */
export class ImagePuller {
  readonly #options: ImagePullerOptions;
  readonly #backoff: Backoff;
  readonly #failures = new Map<string, number>();

  constructor(options: ImagePullerOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.clock);
  }

  /** Throws ImageError. */
  async ensure(pod: V1Pod, container: V1Container, sandbox: PodSandboxConfig, signal: AbortSignal): Promise<Image> {
    const name = container.image ?? "";
    const image = { image: name };
    const present = await this.#find(name, signal);
    const policy = container.imagePullPolicy ?? "IfNotPresent";
    if (present && policy !== "Always") {
      this.#event(
        pod,
        container,
        "Normal",
        "Pulled",
        `Container image ${JSON.stringify(name)} already present on machine and can be accessed by the pod`,
      );
      return present;
    }
    if (policy === "Never") {
      const message = `Container image ${JSON.stringify(name)} is not present with pull policy of Never`;
      this.#event(pod, container, "Warning", "ErrImageNeverPull", message);
      throw new ImageError("ErrImageNeverPull", message);
    }
    const key = `${pod.metadata.uid}_${name}`;
    this.#checkBackoff(pod, container, key, name);
    await this.#pull(pod, container, { key, name, sandbox, signal });
    const pulled = await this.#options.cri.images.imageStatus(image, { signal });
    if (!pulled)
      throw new ImageError("ErrImagePull", `Image ${JSON.stringify(name)} vanished right after it was pulled`);
    return pulled;
  }

  async #find(name: string, signal: AbortSignal): Promise<Image | undefined> {
    try {
      return await this.#options.cri.images.imageStatus({ image: name }, { signal });
    } catch (error) {
      throw new ImageError(
        "InvalidImageName",
        `Failed to apply default image tag ${JSON.stringify(name)}: ${describeError(error)}`,
        { cause: error },
      );
    }
  }

  #checkBackoff(pod: V1Pod, container: V1Container, key: string, name: string): void {
    const failedMs = this.#failures.get(key);
    if (failedMs === undefined || this.#backoff.remainingMs(key, failedMs) === 0) return;
    const message = `Back-off pulling image ${JSON.stringify(name)}`;
    this.#event(pod, container, "Normal", "BackOff", message);
    throw new ImageError("ImagePullBackOff", message);
  }

  async #pull(
    pod: V1Pod,
    container: V1Container,
    pull: { key: string; name: string; sandbox: PodSandboxConfig; signal: AbortSignal },
  ): Promise<void> {
    const { clock, cri } = this.#options;
    const { key, name, sandbox, signal } = pull;
    this.#event(pod, container, "Normal", "Pulling", `Pulling image ${JSON.stringify(name)}`);
    const startedMs = clock.monotonic();
    try {
      const auth = await this.#credentials(pod, name);
      await cri.images.pullImage({ image: name }, { sandboxConfig: sandbox, signal, ...(auth ? { auth } : {}) });
    } catch (error) {
      this.#backoff.next(key);
      this.#failures.set(key, clock.now());
      const why = hasRuntimeCode(error, "NotFound") ? `${error.message}` : describeError(error);
      const message = `Failed to pull image ${JSON.stringify(name)}: ${why}`;
      this.#event(pod, container, "Warning", "Failed", message);
      this.#event(pod, container, "Warning", "Failed", "Error: ErrImagePull");
      throw new ImageError("ErrImagePull", message, { cause: error });
    }
    this.#failures.delete(key);
    const seconds = ((clock.monotonic() - startedMs) / 1000).toFixed(3);
    this.#event(pod, container, "Normal", "Pulled", `Successfully pulled image ${JSON.stringify(name)} in ${seconds}s`);
  }

  async #credentials(pod: V1Pod, image: string): Promise<AuthConfig | undefined> {
    const first = image.split("/")[0]!;
    const registry = /[.:]|^localhost$/.test(first) && image.includes("/") ? first : "docker.io";
    for (const { name } of pod.spec.imagePullSecrets ?? []) {
      const secret = await this.#options.secret(pod.metadata.namespace ?? "", name ?? "");
      const auth = secret && credentialsFor(secret, registry);
      if (auth) return auth;
    }
    return undefined;
  }

  #event(pod: V1Pod, container: V1Container, type: "Normal" | "Warning", reason: string, message: string): void {
    this.#options.events.event(pod, container, type, reason, message);
  }
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { username?: string; password?: string; auth?: string }>>;
}

function credentialsFor(secret: V1Secret, registry: string): AuthConfig | undefined {
  const encoded = secret.data?.[".dockerconfigjson"];
  if (encoded === undefined) return undefined;
  try {
    const { auths = {} } = JSON.parse(Buffer.from(encoded, "base64").toString()) as DockerConfig;
    const entry = Object.entries(auths).find(([host]) => host.replace(/^https?:\/\//, "").split("/")[0] === registry);
    return entry?.[1];
  } catch {
    return undefined;
  }
}
