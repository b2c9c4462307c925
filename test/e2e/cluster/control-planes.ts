import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { Namespace } from "@dingi/api";
import { systemClock, systemRandom } from "@dingi/base";
import { Client, HttpsTransport } from "@dingi/client";
import { ensureClusterPki, type ClusterPki } from "@dingi/component-base";
import { writeConfig, type ClusterConfig } from "../../../packages/cluster/src/config/cluster-config.ts";
import { apiAddress } from "../../../packages/cluster/src/machine/addresses.ts";
import { until } from "./until.ts";

const MAIN = new URL("../../../packages/cluster/src/main.ts", import.meta.url).pathname;
const NAME = "planes";

/** A control plane's process, without nodes, that shares its store with others. */
export class ControlPlaneProcess {
  readonly client: Client;
  readonly address: string;
  readonly #home: string;
  #child: ChildProcess | undefined;

  private constructor(home: string, config: ClusterConfig, { admin, ca }: ClusterPki) {
    this.#home = home;
    this.address = apiAddress(config.fabric);
    this.client = new Client(
      new HttpsTransport({
        server: `https://127.0.0.1:${config.apiPort}`,
        ca: ca.certificatePem,
        cert: admin.certificatePem,
        key: admin.keyPem,
        userAgent: "control-planes",
      }),
    );
  }

  /** @param from Where the cluster's certificates are; a copy is made for each process. */
  static async create(
    from: { readonly pki: string; readonly etcd: string },
    index: number,
  ): Promise<ControlPlaneProcess> {
    const home = await mkdtemp(join(tmpdir(), `dingi-planes-${index}-`));
    const config: ClusterConfig = {
      name: NAME,
      runtime: "simulated",
      store: "etcd",
      etcd: { servers: [from.etcd], prefix: "/registry" },
      nodes: [],
      nextIndex: 1,
      apiPort: 26_440 + index,
      fabric: `198.18.${70 + index}.0/24`,
      pods: "10.244.0.0/16",
      serviceCidr: "10.96.0.0/16",
      clusterDomain: "cluster.local",
      flags: {},
    };
    const cluster = join(home, "clusters", NAME);
    await writeConfig(join(cluster, "cluster.json"), config);
    await cp(from.pki, join(cluster, "pki"), { recursive: true });
    const pki = await ensureClusterPki(join(cluster, "pki"), pkiOptions(apiAddress(config.fabric)));
    return new ControlPlaneProcess(home, config, pki);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const env = { ...process.env, DINGI_HOME: this.#home };
    const child = spawn(process.execPath, [MAIN, "internal", "control-plane", "--name", NAME], {
      env,
      stdio: ["ignore", "ignore", "inherit"],
    });
    this.#child = child;
    await until("An API server", () => this.#isReady(child), 30);
  }

  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
    await this.client[Symbol.asyncDispose]();
    await rm(this.#home, { recursive: true, force: true });
  }

  async #isReady(child: ChildProcess): Promise<boolean> {
    if (child.exitCode !== null) throw new Error(`The control plane ended with ${child.exitCode}`);
    await this.client.get(Namespace, { namespace: "", name: "kube-system" });
    return true;
  }
}

/** Certificates that all control planes of a cluster share. */
export async function makePki(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "dingi-planes-pki-"));
  await ensureClusterPki(directory, pkiOptions("198.18.70.2"));
  return directory;
}

function pkiOptions(fabricAddress: string) {
  const options = { clock: systemClock, random: systemRandom, fabricAddress, hostName: hostname() };
  return { ...options, serviceAddress: "10.96.0.1", clusterDomain: "cluster.local" };
}
