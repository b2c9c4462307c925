import type { Clock } from "@dingi/base";
import type { ContainerRuntime } from "../container-runtime.ts";
import { Channel } from "../remote/channel.ts";
import { RemoteImageService } from "../remote/image-service.ts";
import { ContainerdRuntimeService } from "./runtime-service.ts";

/** Connects at the first call, so it may be made before containerd is up; calls then fail with "Unavailable". */
export function connectContainerd(options: { readonly socket: string; readonly clock: Clock }): ContainerRuntime {
  const channel = new Channel(options);
  return {
    runtime: new ContainerdRuntimeService(channel, options.clock),
    images: new RemoteImageService(channel),
    [Symbol.asyncDispose]: () => channel.close(),
  };
}
