import { run } from "../machine/command.ts";

/** CRI's namespace in containerd: kubelets see no other. */
const NAMESPACE = "k8s.io";
const IMPORT_LIMIT_MS = 15 * 60_000;

export interface ImageTarget {
  /** A containerd's socket, from `Machine.containerdSocket`. */
  readonly socket: string;
  readonly signal?: AbortSignal | undefined;
}

/** Imports every image of an OCI or Docker archive and returns their names. */
export async function importImages(archive: string, { socket, signal }: ImageTarget): Promise<readonly string[]> {
  const argv = ["ctr", "--address", socket, "--namespace", NAMESPACE, "images", "import", archive];
  const output = await run(argv, { signal, timeoutMs: IMPORT_LIMIT_MS });
  return [...output.matchAll(/^unpacking (\S+)/gm)].map(([, name = ""]) => name);
}

/** Imports an archive into several nodes at once; what fails on one is told with its name, after the others ended. */
export async function importIntoNodes(
  archive: string,
  nodes: readonly { readonly name: string; readonly socket: string }[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const outcomes = await Promise.allSettled(nodes.map(({ socket }) => importImages(archive, { socket, signal })));
  const failures = outcomes.flatMap((outcome, index) =>
    outcome.status === "rejected"
      ? [new Error(`Node "${nodes[index]!.name}" could not import "${archive}"`, { cause: outcome.reason })]
      : [],
  );
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1)
    throw new AggregateError(failures, `"${archive}" could not be imported into ${failures.length} nodes`);
  return [...new Set(outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? outcome.value : [])))];
}
