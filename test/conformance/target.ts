import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { machineAddress } from "../../packages/cluster/src/machine/addresses.ts";
import { readConfig } from "../../packages/cluster/src/config/cluster-config.ts";
import { Etcd } from "../upstream/etcd.ts";
import { imageSource } from "../upstream/image/source.ts";
import { startRegistry } from "../upstream/image/registry.ts";
import { ensureImages } from "../upstream/images.ts";

const run = promisify(execFile);
const ROOT = dirname(dirname(import.meta.dirname));
const REGISTRY_PORT = 5055;

/** A cluster under test. */
export interface Target extends AsyncDisposable {
  readonly kubeconfig: string;
  /** "2 nodes, simulated, sqlite" */
  readonly description: string;
}

interface OursOptions {
  readonly runtime: "containerd" | "simulated";
  /** As `dingi up` takes it; an etcd is started for "etcd". */
  readonly store: string;
  readonly nodes: number;
  readonly disable?: readonly string[];
  /** Of the cluster; one of its own when left out, so that several runs do not meet. */
  readonly name?: string;
}

/** A cluster of this checkout in a home of its own, which vanishes with it. Real nodes pull the stand-ins. */
export async function startOurs(options: OursOptions): Promise<Target & { readonly home: string }> {
  const { runtime, store, nodes, disable = [], name = `judged-${process.pid}` } = options;
  const folder = await mkdtemp(join(tmpdir(), "dingi-judged-"));
  const env = { ...process.env, DINGI_HOME: join(folder, "home"), KUBECONFIG: join(folder, "kubeconfig") };
  const dingi = (...argv: readonly string[]) =>
    run(join(ROOT, "dingi"), [...argv, "--name", name], { env, cwd: ROOT, maxBuffer: 16 * 1024 * 1024 });
  await using stack = new AsyncDisposableStack();
  // Before the cluster, so that it ends after it.
  const etcd = store === "etcd" ? stack.use(await Etcd.start()) : undefined;
  stack.defer(async () => {
    await dingi("delete");
    await rm(folder, { recursive: true, force: true });
  });
  const standIns = runtime === "containerd" && (await imageSource()) === "stand-ins";
  const layout = standIns ? await ensureImages() : "";
  const kind = ["--runtime", runtime, "--store", store, "--nodes", String(nodes)];
  await dingi(
    "up",
    ...kind,
    ...(etcd ? ["--etcd-servers", etcd.url] : []),
    ...(standIns ? ["--registry-mirror", `*=http://localhost:${REGISTRY_PORT}`] : []),
    ...disable.flatMap((part) => ["--disable", part]),
  );
  const home = join(folder, "home/clusters", name);
  if (standIns) {
    const config = await readConfig(join(home, "cluster.json"));
    const registry = await startRegistry(layout, machineAddress(config!.fabric), REGISTRY_PORT);
    stack.defer(() => {
      registry.close();
      registry.closeAllConnections();
    });
  }
  const owned = stack.move();
  return {
    home,
    kubeconfig: join(home, "kubeconfig"),
    description: [
      `${nodes} nodes`,
      runtime,
      store,
      ...(standIns ? ["stand-ins for images"] : []),
      ...disable.map((part) => `without ${part}`),
    ].join(", "),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A cluster that somebody else keeps. */
export function existing(kubeconfig: string): Target {
  return { kubeconfig, description: "a cluster that was there", [Symbol.asyncDispose]: () => Promise.resolve() };
}
