import { clusterPaths, type ClusterPaths } from "../config/paths.ts";
import { openCluster } from "./context.ts";

/** `dingi kubectl`: help is there before there is a cluster. */
export async function kubectlOf(name: string, argv: readonly string[]): Promise<number> {
  return await runKubectl(asksForHelp(argv) ? clusterPaths(name) : (await openCluster(name)).paths, argv);
}

/** Behind "--" stand the words of another program. */
function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const own = end === -1 ? argv : argv.slice(0, end);
  return own.length === 0 || own[0] === "help" || own.includes("-h") || own.includes("--help");
}

/** Runs our kubectl against a cluster; returns its exit code. */
export async function runKubectl(paths: ClusterPaths, argv: readonly string[]): Promise<number> {
  const { kubectl } = await import("@dingi/kubectl");
  const { stdout, stderr, stdin } = process;
  return await kubectl(argv, { stdout, stderr, stdin, env: { ...process.env, KUBECONFIG: paths.kubeconfig } });
}
