import type { Clock } from "@dingi/base";
import { Channel } from "@dingi/grpc";
import type { ContainerRuntime } from "../container-runtime.ts";
import { asRuntimeError } from "../runtime-error.ts";
import { RemoteImageService } from "../remote/image-service.ts";
import { ContainerdRuntimeService } from "./runtime-service.ts";

/** Connects at the first call, so it may be made before containerd is up; calls then fail with "Unavailable". */
export function connectContainerd(options: { readonly socket: string; readonly clock: Clock }): ContainerRuntime {
  const { socket, clock } = options;
  const channel = new Channel({
    target: `unix://${socket}`,
    clock,
    toError: (error) => asRuntimeError(error, socket),
  });
  return {
    runtime: new ContainerdRuntimeService(channel, clock),
    images: new RemoteImageService(channel),
    [Symbol.asyncDispose]: () => channel.close(),
  };
}
