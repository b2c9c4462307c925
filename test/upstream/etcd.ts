import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describeError, systemClock } from "@dingi/base";
import { requireSupported } from "../../packages/store/src/etcd/supported-version.ts";
import { upstreamProgram } from "./versions.ts";

const START_MS = 20_000;
const POLL_MS = 20;

interface EtcdOptions {
  /** False is quicker, for tests that do not pull the plug. */
  readonly fsync?: boolean;
  /** Further flags; the client's URL is https when they have "--cert-file". */
  readonly flags?: readonly string[];
}

/** Upstream's, or one of the machine's packages; undefined when there is none. */
function etcdProgram(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "etcd"));
  return [upstreamProgram("etcd"), ...folders].find((path) => existsSync(path));
}

/** Why a test cannot have an etcd; false when it can. */
export function whyNoEtcd(): string | false {
  const program = etcdProgram();
  if (!program) return "there is no etcd in PATH, nor upstream's: build it with node test/upstream/build.ts etcd";
  const [, version = ""] = /etcd Version: (\S+)/.exec(execFileSync(program, ["--version"], { encoding: "utf8" })) ?? [];
  try {
    requireSupported(version);
    return false;
  } catch (error) {
    return `${program}: ${describeError(error)}`;
  }
}

/** An etcd of one member on loopback; its data go when it is disposed. */
export class Etcd implements AsyncDisposable {
  readonly url: string;
  readonly #argv: readonly string[];
  readonly #data: string;
  readonly #port: number;
  #child: ChildProcess | undefined;

  private constructor(
    argv: readonly string[],
    at: { readonly url: string; readonly data: string; readonly port: number },
  ) {
    this.url = at.url;
    this.#argv = argv;
    this.#data = at.data;
    this.#port = at.port;
  }

  static async start({ fsync = true, flags = [] }: EtcdOptions = {}): Promise<Etcd> {
    const program = etcdProgram();
    if (!program) throw new Error("There is no etcd: install etcd-server, or build upstream's by test/upstream");
    const data = await mkdtemp(join(tmpdir(), "dingi-etcd-"));
    const [port, peerPort] = await freePorts();
    const url = `${flags.some((flag) => flag.startsWith("--cert-file")) ? "https" : "http"}://127.0.0.1:${port}`;
    const peers = `http://127.0.0.1:${peerPort}`;
    const argv = [
      program,
      `--data-dir=${data}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peers}`,
      `--initial-advertise-peer-urls=${peers}`,
      `--initial-cluster=default=${peers}`,
      "--log-level=error",
      ...(fsync ? [] : ["--unsafe-no-fsync"]),
      ...flags,
    ];
    const etcd = new Etcd(argv, { url, data, port });
    await etcd.start();
    return etcd;
  }

  /** Again, on the same data, after `kill`. */
  async start(): Promise<void> {
    const [program = "", ...argv] = this.#argv;
    const child = spawn(program, argv, { stdio: ["ignore", "ignore", "inherit"] });
    this.#child = child;
    await this.#untilItListens(child);
  }

  /** Forgets everything; after `kill`. */
  async wipe(): Promise<void> {
    await rm(this.#data, { recursive: true });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#data, { recursive: true, force: true });
  }

  async #untilItListens(child: ChildProcess): Promise<void> {
    const end = systemClock.monotonic() + START_MS;
    while (systemClock.monotonic() < end) {
      if (child.exitCode !== null) throw new Error(`etcd ended at once, with ${child.exitCode}`);
      if (await listens(this.#port)) return;
      await systemClock.sleep(POLL_MS);
    }
    throw new Error(`etcd did not listen on port ${this.#port} within ${START_MS / 1000} s`);
  }
}

async function listens(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  for (const server of servers) await once(server.listen(0, "127.0.0.1"), "listening");
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  for (const server of servers) await once(server.close(), "close");
  return [ports[0]!, ports[1]!];
}
