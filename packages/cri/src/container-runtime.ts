import type { ImageService } from "./image-service.ts";
import type { RuntimeService } from "./runtime-service.ts";

/** A container runtime: both of CRI's services. Disposing it ends the connection, not the containers. */
export interface ContainerRuntime extends AsyncDisposable {
  readonly runtime: RuntimeService;
  readonly images: ImageService;
}
