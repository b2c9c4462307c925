import type { MetricsRegistry, MetricsRegistryOptions } from "./metrics-registry.ts";

/** An empty registry. The library behind it takes tens of milliseconds to load: only who measures pays for it. */
export async function openMetricsRegistry(options?: MetricsRegistryOptions): Promise<MetricsRegistry> {
  const { MetricsRegistry: Registry } = await import("./metrics-registry.ts");
  return new Registry(options);
}
