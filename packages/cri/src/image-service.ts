import type { AuthConfig, Image, ImageFsInfo, ImageSpec } from "./image.ts";
import type { PodSandboxConfig } from "./pod-sandbox.ts";
import type { CallOptions } from "./runtime-service.ts";

/** Upstream: cri-api/pkg/apis/services.go#ImageManagerService */
export interface ImageService {
  listImages(filter?: { readonly image?: ImageSpec }, options?: CallOptions): Promise<Image[]>;
  /** undefined when absent. */
  imageStatus(image: ImageSpec, options?: CallOptions): Promise<Image | undefined>;
  /**
   * Returns the reference to create containers with. "NotFound": a registry says there is none; anything else is a bad
   * reference or a failure of the network or the registry, in the runtime's words. Takes as long as `signal` allows.
   */
  pullImage(
    image: ImageSpec,
    options?: CallOptions & { auth?: AuthConfig; sandboxConfig?: PodSandboxConfig },
  ): Promise<string>;
  /** Removes the image with all its names; absent is success. */
  removeImage(image: ImageSpec, options?: CallOptions): Promise<void>;
  imageFsInfo(options?: CallOptions): Promise<ImageFsInfo>;
}
