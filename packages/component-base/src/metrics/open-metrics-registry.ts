import type { Clock } from "@dingi/base";
import type { VersionInfo } from "../version/version.ts";
import type { MetricsRegistry } from "./metrics-registry.ts";

interface MetricsRegistryOptions {
  /** Where given, the process shows its CPU time, memory and files. */
  readonly clock?: Clock;
  /** Where given, `kubernetes_build_info` is shown. */
  readonly version?: VersionInfo;
}

/** A registry. The library behind it takes tens of milliseconds to load: only who measures pays for it. */
export async function openMetricsRegistry({ clock, version }: MetricsRegistryOptions = {}): Promise<MetricsRegistry> {
  const [{ MetricsRegistry: Registry }, { addProcessMetrics }, { addBuildInfo }] = await Promise.all([
    import("./metrics-registry.ts"),
    import("./process-metrics.ts"),
    import("./build-info.ts"),
  ]);
  const registry = new Registry();
  if (clock) addProcessMetrics(registry, clock);
  if (version) addBuildInfo(registry, version);
  return registry;
}
