import { mkdir, readdir, readFile, rm, rmdir, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "./command.ts";
import { type MachineContext, nodeDirectory } from "./machine-context.ts";
import { EGRESS_DNS } from "./networks.ts";

/** Where standard software looks, and the part of the node's directory it finds there. */
export const STANDARD_PATHS: Readonly<Record<string, string>> = {
  "/var/lib/kubelet": "kubelet",
  "/var/lib/containerd": "containerd",
  "/var/log/pods": "log/pods",
  "/var/log/containers": "log/containers",
  "/opt/cni/bin": "cni/bin",
  "/etc/cni/net.d": "cni/net.d",
  "/etc/kubernetes/manifests": "manifests",
};
/** Forgotten with the namespaces, as the pods' addresses are. */
export const VOLATILE_PATHS = ["/var/lib/cni"];

interface NodeDirectories {
  readonly root: string;
  readonly resolvConf: string;
  readonly containerdConfig: string;
  /** hosts.toml files by registry. */
  readonly registries: string;
  readonly cniConfig: string;
  /** Files such as binaries that images unpack for the runtime. */
  readonly opt: string;
}

export function directoriesOf(context: MachineContext, node: string): NodeDirectories {
  const root = nodeDirectory(context, node);
  return {
    root,
    resolvConf: join(root, "etc/resolv.conf"),
    containerdConfig: join(root, "etc/containerd.toml"),
    registries: join(root, "certs.d"),
    cniConfig: join(root, "cni/net.d/10-dingi.conflist"),
    opt: join(root, "opt"),
  };
}

/** Makes a node's directories, and the empty mount points of the standard paths on the machine. */
export async function ensureNodeDirectories(
  context: MachineContext,
  node: string,
  options: { readonly cniPlugins: string },
): Promise<NodeDirectories> {
  const directories = directoriesOf(context, node);
  await mkdir(directories.root, { recursive: true, mode: 0o700 });
  const parts = [...Object.values(STANDARD_PATHS), "etc", "certs.d", "opt", "run"];
  for (const part of parts) await mkdir(join(directories.root, part), { recursive: true });
  await ensureMountPoints(context);
  await linkPlugins(options.cniPlugins, join(directories.root, STANDARD_PATHS["/opt/cni/bin"]!));
  await writeFile(directories.resolvConf, await resolvConf());
  return directories;
}

/** Deletes a node's files, never through a mount that something left below them. */
export async function removeNodeDirectory(context: MachineContext, node: string): Promise<void> {
  const root = nodeDirectory(context, node);
  await unmountBelow(root);
  await rm(root, { recursive: true, force: true });
}

async function unmountBelow(root: string): Promise<void> {
  const mounts = (await readFile("/proc/self/mounts", "utf8"))
    .split("\n")
    .map((line) =>
      (line.split(" ")[1] ?? "").replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    )
    .filter((path) => path === root || path.startsWith(`${root}/`));
  for (const path of mounts.toReversed()) await run(["umount", "--lazy", path]);
}

/**
 * A folder with one file for each directory that the machine did not have before the first cluster: so that nodes and
 * clusters that start at the same time never write the same file.
 */
function madeFolder({ home }: MachineContext): string {
  return join(dirname(dirname(home)), "made-directories");
}

async function ensureMountPoints(context: MachineContext): Promise<void> {
  for (const path of [...Object.keys(STANDARD_PATHS), ...VOLATILE_PATHS]) {
    for (const level of levelsOf(path)) {
      if (!(await madeNow(level))) continue;
      await mkdir(madeFolder(context), { recursive: true, mode: 0o700 });
      await writeFile(join(madeFolder(context), encodeURIComponent(level)), "");
    }
  }
}

/**
 * Takes the mount points away again when no cluster is left. Whatever holds something now, or is not ours, stays. Clusters
 * of other homes count too: to remove a mount point unmounts what is mounted there in every namespace.
 */
export async function removeMountPoints(context: MachineContext): Promise<void> {
  const running = await readdir(dirname(context.runDirectory)).catch(() => []);
  if (running.some((name) => join(dirname(context.runDirectory), name) !== context.runDirectory)) return;
  const clusters = await readdir(dirname(context.home)).catch(() => []);
  if (clusters.some((name) => join(dirname(context.home), name) !== context.home)) return;
  const made = (await readdir(madeFolder(context)).catch(() => [])).map(decodeURIComponent);
  for (const path of made.toSorted((a, b) => b.length - a.length)) await rmdir(path).catch(() => {});
  await rm(madeFolder(context), { recursive: true, force: true });
}

async function madeNow(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** "/a/b/c" → "/a", "/a/b", "/a/b/c". */
function levelsOf(path: string): readonly string[] {
  const names = path.split("/").filter(Boolean);
  return names.map((_, index) => `/${names.slice(0, index + 1).join("/")}`);
}

/** The node's own folder of CNI plugins may be added to by a pod, as network add-ons do. */
async function linkPlugins(from: string, to: string): Promise<void> {
  for (const plugin of await readdir(from)) {
    const link = join(to, plugin);
    const reachable = await stat(link).then(
      () => true,
      () => false,
    );
    if (reachable) continue;
    await rm(link, { force: true });
    await symlink(join(from, plugin), link);
  }
}

/** The host's resolver is asked through the egress; its search domains count for image pulls too. */
async function resolvConf(): Promise<string> {
  const hosts = await readFile("/etc/resolv.conf", "utf8").catch(() => "");
  const kept = hosts.split("\n").filter((line) => /^(search|domain)\s/.test(line));
  return [`nameserver ${EGRESS_DNS}`, ...kept, ""].join("\n");
}
