/** Prints durable puts per second for 1, 16 and 64 writers: `node test/bench/store.ts [sqlite|memory|etcd] [value bytes]`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock, systemRandom } from "@dingi/base";
import { openEtcdStore, openMemoryStore, openSqliteStore } from "@dingi/store";
import type { Revision, Store } from "@dingi/store";
import { Etcd } from "../upstream/etcd.ts";

const SECONDS = 3;
const KEYS_PER_WRITER = 50;
const backend = process.argv[2] ?? "sqlite";
const common = { logger: silentLogger, clock: systemClock };
const valueBytes = Number(process.argv[3] ?? 1024);

async function write(store: Store, writer: number, until: number): Promise<number[]> {
  const revisions = new Map<string, Revision>();
  const latencies: number[] = [];
  for (let i = 0; systemClock.monotonic() < until; i++) {
    const key = `/registry/pods/default/writer-${writer}-${i % KEYS_PER_WRITER}`;
    const start = systemClock.monotonic();
    const result = await store.commit(key, {
      expected: revisions.get(key) ?? 0,
      value: systemRandom.bytes(valueBytes),
    });
    latencies.push(systemClock.monotonic() - start);
    if (!("revision" in result)) throw new Error(`Someone else wrote "${key}"`);
    revisions.set(key, result.revision);
  }
  return latencies;
}

const BACKENDS: Readonly<Record<string, (stack: AsyncDisposableStack, path: string) => Promise<Store>>> = {
  memory: async (stack) => stack.use(openMemoryStore()),
  sqlite: async (stack, path) => stack.use(await openSqliteStore({ path, ...common })),
  etcd: async (stack) => {
    const etcd = stack.use(await Etcd.start());
    return stack.use(await openEtcdStore({ servers: [etcd.url], random: systemRandom, ...common }));
  },
};

async function measure(writers: number, directory: string): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const open = BACKENDS[backend];
  if (!open) throw new Error(`There is no store "${backend}"; there are ${Object.keys(BACKENDS).join(", ")}`);
  const store = await open(stack, join(directory, `${writers}.db`));
  await write(store, -1, systemClock.monotonic() + 500);
  const cpuStart = process.cpuUsage();
  const until = systemClock.monotonic() + SECONDS * 1000;
  const parts = await Promise.all(Array.from({ length: writers }, (_, writer) => write(store, writer, until)));
  const latencies = parts.flat().sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)]!.toFixed(2);
  const { user, system } = process.cpuUsage(cpuStart);
  const rate = Math.round(latencies.length / SECONDS);
  const perCpu = Math.round(latencies.length / ((user + system) / 1e6));
  console.log(
    `${backend} ${writers} writers: ${rate} puts/s, ${perCpu} per CPU-second, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
  );
}

const directory = await mkdtemp(join(tmpdir(), "dingi-bench-"));
for (const writers of [1, 16, 64]) await measure(writers, directory);
await rm(directory, { recursive: true });
