import { existsSync } from "node:fs";
import { run } from "../machine/command.ts";

/** CRI's namespace in containerd: kubelets see no other. */
const NAMESPACE = "k8s.io";
const IMPORT_LIMIT_MS = 15 * 60_000;

interface ImageTarget {
  /** A containerd's socket, from `Machine.containerdSocket`. */
  readonly socket: string;
  readonly signal?: AbortSignal | undefined;
}

/** Imports every image of an OCI or Docker archive, compressed or not. */
export async function importImages(archive: string, { socket, signal }: ImageTarget): Promise<void> {
  const argv = ["ctr", "--address", socket, "--namespace", NAMESPACE, "images", "import", archive];
  await run(argv, { signal, timeoutMs: IMPORT_LIMIT_MS });
}

/** Imports an archive into several nodes at once and returns the names of its images; what fails on one is told with its name, after the others ended. */
export async function importIntoNodes(
  archive: string,
  nodes: readonly { readonly name: string; readonly socket: string }[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const names = await namesInArchive(archive, signal);
  const outcomes = await Promise.allSettled(nodes.map(({ socket }) => importImages(archive, { socket, signal })));
  const failures = outcomes.flatMap((outcome, index) =>
    outcome.status === "rejected"
      ? [new Error(`Node "${nodes[index]!.name}" could not import "${archive}"`, { cause: outcome.reason })]
      : [],
  );
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1)
    throw new AggregateError(failures, `"${archive}" could not be imported into ${failures.length} nodes`);
  return names;
}

/** The names of an archive's images as they are written there: "busybox:1.36" in one of Docker's. */
export async function namesInArchive(archive: string, signal?: AbortSignal): Promise<readonly string[]> {
  if (!existsSync(archive)) throw new Error(`There is no file "${archive}"`);
  const member = (name: string) =>
    run(["tar", "-xOf", archive, "--occurrence=1", name], { signal, timeoutMs: IMPORT_LIMIT_MS });
  try {
    const index = JSON.parse(await member("index.json")) as OciIndex;
    const names = index.manifests.flatMap(({ annotations }) => annotations?.["io.containerd.image.name"] ?? []);
    if (names.length > 0) return names;
  } catch {
    signal?.throwIfAborted(); // Not OCI's layout; Docker's has another list.
  }
  try {
    const list = JSON.parse(await member("manifest.json")) as DockerList;
    return list.flatMap(({ RepoTags }) => RepoTags ?? []);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new Error(`"${archive}" is no archive of images: make one with "docker save" or "podman save"`, { cause });
  }
}

interface OciIndex {
  readonly manifests: readonly { readonly annotations?: Readonly<Record<string, string>> }[];
}

type DockerList = readonly { readonly RepoTags?: readonly string[] | null }[];
