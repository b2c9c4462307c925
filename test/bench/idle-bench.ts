import { systemClock } from "@dingi/base";
import { cpuSeconds, memoryOf, writtenBytes } from "./processes.ts";
import { formatTable, megabytes } from "./report.ts";
import type { BenchOptions } from "./options.ts";

const SETTLE_MS = 15_000;
const MEASURE_MS = 60_000;

/** What a control plane takes that nobody uses: with scheduler and controllers, without nodes. */
export async function benchIdle({ servers }: BenchOptions): Promise<void> {
  const rows: string[][] = [];
  for (const start of servers) {
    await using server = await start({ controllers: true });
    process.stderr.write(`Idle: ${server.name}, ${(SETTLE_MS + MEASURE_MS) / 1000} s\n`);
    await systemClock.sleep(SETTLE_MS);
    const [cpu, written] = [cpuSeconds(server.pids), writtenBytes(server.pids)];
    await systemClock.sleep(MEASURE_MS);
    const seconds = MEASURE_MS / 1000;
    const { pssBytes, rssBytes } = memoryOf(server.pids);
    rows.push([
      server.name,
      `${((100 * (cpuSeconds(server.pids) - cpu)) / seconds).toFixed(2)} %`,
      megabytes(pssBytes),
      megabytes(rssBytes),
      `${((writtenBytes(server.pids) - written) / seconds / 1024).toFixed(1)} KB`,
    ]);
  }
  console.log(`\nIdle control plane\n\n${formatTable(["", "of a core", "PSS", "RSS", "written/s"], rows)}`);
}
