import type { ContainerRuntime } from "../container-runtime.ts";
import { SimulatedImageService } from "./image-service.ts";
import { type SimulatedRuntimeOptions, SimulatedRuntimeService } from "./runtime-service.ts";
import { StreamingServer } from "./streaming-server.ts";

export function simulateRuntime(options: SimulatedRuntimeOptions): ContainerRuntime {
  const images = new SimulatedImageService(options.clock);
  const streaming = new StreamingServer(options);
  return {
    runtime: new SimulatedRuntimeService(options, images, streaming),
    images,
    [Symbol.asyncDispose]: () => streaming.close(),
  };
}
