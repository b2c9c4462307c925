import { access, readFile } from "node:fs/promises";
import { findCgroups } from "../machine/cgroups.ts";
import { CommandError, run } from "../machine/command.ts";

/** A feature that nodes need, how it is tried, and what to do without it. */
export interface Feature {
  readonly name: string;
  readonly advice: string;
  readonly tryOut: (signal?: AbortSignal) => Promise<unknown>;
}

const inNamespace = (flag: string, script: string) => (signal?: AbortSignal) =>
  run(["unshare", flag, "sh", "-ec", script], { signal });

const FEATURES: readonly Feature[] = [
  {
    name: "network namespaces",
    advice: "use a kernel with CONFIG_NET_NS; inside a container, give it CAP_SYS_ADMIN and CAP_NET_ADMIN",
    tryOut: inNamespace("--net", "true"),
  },
  {
    name: "mount namespaces",
    advice: "inside a container, give it CAP_SYS_ADMIN (docker run --privileged)",
    tryOut: inNamespace("--mount", "mount -t tmpfs tmpfs /run"),
  },
  {
    name: "pid namespaces",
    advice: "use a kernel with CONFIG_PID_NS",
    tryOut: (signal) => run(["unshare", "--pid", "--fork", "true"], { signal }),
  },
  {
    name: "veth pairs",
    advice: "load the module: modprobe veth",
    tryOut: inNamespace("--net", "ip link add name dingi0 type veth peer name dingi1"),
  },
  {
    name: "bridges",
    advice: "load the module: modprobe bridge",
    tryOut: inNamespace("--net", "ip link add name dingi0 type bridge"),
  },
  {
    name: "nftables with network address translation",
    advice: "load the modules: modprobe -a nf_tables nft_nat nft_masq nft_chain_nat",
    tryOut: inNamespace(
      "--net",
      "nft 'add table ip x; add chain ip x y { type nat hook postrouting priority 100; }; add rule ip x y masquerade'",
    ),
  },
  {
    name: "the tun device",
    advice: "load the module: modprobe tun; inside a container, hand /dev/net/tun in",
    tryOut: () => access("/dev/net/tun"),
  },
  {
    name: "the overlay file system",
    advice: "load the module: modprobe overlay",
    tryOut: async (signal) => {
      const known = async () => /^(nodev)?\s*overlay$/m.test(await readFile("/proc/filesystems", "utf8"));
      if (!(await known())) await run(["modprobe", "overlay"], { signal });
      if (!(await known())) throw new Error("The kernel does not list it");
    },
  },
  {
    name: "cgroups with the cpu, memory and pids controllers",
    advice: "mount them at /sys/fs/cgroup; for memory, boot with cgroup_enable=memory",
    tryOut: async () => {
      await findCgroups();
      const text = await readFile("/proc/cgroups", "utf8");
      for (const controller of ["cpu", "memory", "pids"]) {
        if (!new RegExp(`^${controller}\\s+\\d+\\s+\\d+\\s+1$`, "m").test(text))
          throw new Error(`"${controller}" is not enabled`);
      }
    },
  },
];

/**
 * What the kernel, or the container we are in, does not give; one sentence each. Tried for real, in namespaces that vanish.
 * Takes a tenth of a second, so it is asked only when a step has failed.
 */
export async function findMissingFeatures(
  signal?: AbortSignal,
  features: readonly Feature[] = FEATURES,
): Promise<readonly string[]> {
  const outcomes = await Promise.allSettled(features.map(({ tryOut }) => tryOut(signal)));
  signal?.throwIfAborted();
  return outcomes.flatMap((outcome, index) => {
    if (outcome.status === "fulfilled") return [];
    const { name, advice } = features[index]!;
    return [`This machine lacks ${name} (${wordsOf(outcome.reason)}): ${advice}`];
  });
}

/** Adds to a failure what the machine lacks; the failure itself when it lacks nothing. */
export async function explained(
  error: unknown,
  options: { readonly signal?: AbortSignal; readonly features?: readonly Feature[] } = {},
): Promise<unknown> {
  const missing = await findMissingFeatures(options.signal, options.features).catch(() => []);
  if (missing.length === 0) return error;
  return new Error(`${missing.join("\n")}\nWithout it, --runtime simulated still works`, { cause: error });
}

function wordsOf(error: unknown): string {
  if (error instanceof CommandError && error.stderr.trim() !== "") return error.stderr.trim().split("\n")[0]!;
  return error instanceof Error ? error.message : String(error);
}
