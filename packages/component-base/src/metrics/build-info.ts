import type { VersionInfo } from "../version/version.ts";
import type { MetricsRegistry } from "./metrics-registry.ts";

/** Upstream: component-base/metrics/version.go */
export function addBuildInfo(registry: MetricsRegistry, version: VersionInfo): void {
  const { major, minor, gitVersion, gitCommit, gitTreeState, buildDate, goVersion, compiler, platform } = version;
  const labels = {
    major,
    minor,
    git_version: gitVersion,
    git_commit: gitCommit,
    git_tree_state: gitTreeState,
    build_date: buildDate,
    go_version: goVersion,
    compiler,
    platform,
  };
  const names = Object.keys(labels) as (keyof typeof labels)[];
  registry
    .gauge({ name: "kubernetes_build_info", help: "Which version this is; the value is always 1", labels: names })
    .set(labels, 1);
}
