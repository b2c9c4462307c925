import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { ensureClusterPki } from "@dingi/component-base";
import { silentLogger, systemClock, systemRandom } from "@dingi/base";
import { Etcd, whyNoEtcd } from "../../../../test/upstream/etcd.ts";
import { StoreUnavailableError } from "../errors.ts";
import type { Revision, Store, StoreEvent } from "../store.ts";
import { inspectEtcd } from "./administration.ts";
import { parseServer } from "./etcd-client.ts";
import { openEtcdStore } from "./etcd-store.ts";

const common = { clock: systemClock, random: systemRandom, logger: silentLogger };
const skip = whyNoEtcd();
const bytes = (text: string) => new TextEncoder().encode(text);

suite("etcd's connection", { skip }, () => {
  test("an etcd that is killed loses no acknowledged write, and its watch goes on without a gap", async () => {
    await using etcd = await Etcd.start();
    await using store = await openEtcdStore({ ...common, servers: [etcd.url] });
    const first = await store.readRevision();
    const watch = new Watch(store, first);
    const writer = new Writer(store);
    await writer.untilMore(40);
    await etcd.kill();
    await etcd.start();
    await writer.untilMore(40);
    await etcd.kill();
    await etcd.start();
    await writer.untilMore(40);
    await writer.stop();

    const last = await store.readRevision();
    await watch.until(last);
    await watch.stop();
    assert.deepEqual(
      watch.seen.map(({ revision }) => revision),
      Array.from({ length: last - first }, (_, i) => first + 1 + i),
    );
    const stored = new Map((await store.range("/registry/")).entries.map(({ key, revision }) => [key, revision]));
    for (const [key, revision] of writer.acknowledged) assert.equal(stored.get(key), revision);
    for (const error of writer.failures) {
      assert.ok(error instanceof StoreUnavailableError && error.reason === "Unreachable", String(error));
    }
  });

  test("an etcd that went back, as after a restore, ends the watches, so that everything is read anew", async () => {
    await using etcd = await Etcd.start({ fsync: false });
    await using store = await openEtcdStore({ ...common, servers: [etcd.url] });
    const watch = new Watch(store, await store.readRevision());
    for (const value of ["1", "2"]) await store.commit("/registry/a", { expected: "any", value: bytes(value) });
    await etcd.kill();
    await etcd.wipe();
    await etcd.start();
    const isGone = (error: unknown) => error instanceof StoreUnavailableError && error.reason === "Damaged";
    await assert.rejects(store.readRevision(), isGone);
    await assert.rejects(watch.until(Infinity), isGone);
  });

  test("client certificates open an etcd that asks for them", async () => {
    const folder = await mkdtemp(join(tmpdir(), "dingi-etcd-pki-"));
    const file = (name: string) => join(folder, name);
    try {
      await ensureClusterPki(folder, { ...common, fabricAddress: "127.0.0.1", hostName: "localhost" });
      const server = [`--cert-file=${file("apiserver.crt")}`, `--key-file=${file("apiserver.key")}`];
      const clients = [`--trusted-ca-file=${file("ca.crt")}`, "--client-cert-auth"];
      await using etcd = await Etcd.start({ fsync: false, flags: [...server, ...clients] });
      const where = { servers: [etcd.url], prefix: "/registry", clock: systemClock };
      const identity = { certFile: file("admin.crt"), keyFile: file("admin.key") };
      await using store = await openEtcdStore({ ...common, ...where, caFile: file("ca.crt"), ...identity });
      assert.ok("revision" in (await store.commit("/registry/a", { expected: 0, value: bytes("1") })));
      assert.equal((await inspectEtcd({ ...where, caFile: file("ca.crt"), ...identity })).keys, 1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test("servers are URLs", () => {
  assert.deepEqual(parseServer("https://etcd.example:2379"), { secure: true, target: "etcd.example:2379" });
  assert.deepEqual(parseServer("http://[::1]:2379"), { secure: false, target: "[::1]:2379" });
  for (const server of ["", "ftp://a:1", "https://a:1/path", "https://"]) {
    assert.throws(() => parseServer(server), /is not an etcd's URL: write it as https:\/\/HOST:2379/);
  }
});

test("no server, a certificate without its key, and a file that is not there are told", async () => {
  const where = { ...common, servers: ["https://127.0.0.1:1"] };
  await assert.rejects(openEtcdStore({ ...where, servers: [] }), /give --etcd-servers/);
  await assert.rejects(openEtcdStore({ ...where, certFile: "/x.crt" }), /belong together/);
  await assert.rejects(openEtcdStore({ ...where, caFile: "/nowhere/ca.crt" }), /"\/nowhere\/ca.crt" cannot be read/);
});

/** Writes one key after another, and goes on when it is refused. */
class Writer {
  readonly acknowledged = new Map<string, Revision>();
  readonly failures: unknown[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #wanted = 0;
  #reached = Promise.withResolvers<void>();

  constructor(store: Store) {
    this.#running = this.#write(store);
  }

  async untilMore(count: number): Promise<void> {
    this.#wanted = this.acknowledged.size + count;
    this.#reached = Promise.withResolvers();
    await this.#reached.promise;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #write(store: Store): Promise<void> {
    for (let i = 0; !this.#stop.signal.aborted; i++) {
      const key = `/registry/writes/${i}`;
      try {
        const result = await store.commit(key, { expected: 0, value: bytes(String(i)) });
        if ("revision" in result) this.acknowledged.set(key, result.revision);
      } catch (error) {
        this.failures.push(error);
      }
      if (this.acknowledged.size >= this.#wanted) this.#reached.resolve();
    }
  }
}

class Watch {
  readonly seen: StoreEvent[] = [];
  readonly #reached = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #wanted = Infinity;

  constructor(store: Store, after: Revision) {
    this.#running = this.#follow(store, after);
    this.#running.catch(this.#reached.reject);
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error("Enough"));
    await assert.rejects(this.#running, /Enough/);
    await this.#reached.promise;
  }

  async until(revision: Revision): Promise<void> {
    this.#wanted = revision;
    if ((this.seen.at(-1)?.revision ?? 0) >= revision) this.#reached.resolve();
    await this.#reached.promise;
  }

  async #follow(store: Store, after: Revision): Promise<void> {
    const { signal } = this.#stop;
    for await (const events of store.watch({ prefix: "/registry/", after, signal })) {
      this.seen.push(...events);
      if (events.at(-1)!.revision >= this.#wanted) this.#reached.resolve();
    }
  }
}
