import type { ClusterPaths } from "../config/paths.ts";

/** Runs our kubectl against a cluster; returns its exit code. */
export async function runKubectl(paths: ClusterPaths, argv: readonly string[]): Promise<number> {
  const { kubectl } = await import("@dingi/kubectl");
  const { stdout, stderr, stdin } = process;
  return await kubectl(argv, { stdout, stderr, stdin, env: { ...process.env, KUBECONFIG: paths.kubeconfig } });
}
