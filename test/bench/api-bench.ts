import { ApiLoad, type Measurement } from "./api-load.ts";
import { memoryOf, untilResting } from "./processes.ts";
import { formatTable, megabytes, summarize, type Summary } from "./report.ts";
import type { BenchOptions } from "./options.ts";
import type { MeasuredServer } from "./server/server.ts";

/** Upstream's code is compiled beforehand, ours while it runs: a server that has just started is not what is compared. */
const WARM_UP_ROUNDS = 3;

/** Operations per CPU-second of the server and its store: what does not depend on how busy the machine is. */
export async function benchApi({ servers, rounds, pods }: BenchOptions): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const started: MeasuredServer[] = [];
  for (const start of servers) started.push(stack.use(await start({ controllers: false })));
  const measured = new Map(started.map((server) => [server, [] as Measurement[]]));
  const loads = new Map<MeasuredServer, ApiLoad>();
  for (const server of started) loads.set(server, stack.use(await ApiLoad.open(server, pods)));
  for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round++) {
    for (const [server, load] of loads) {
      // What one server is still busy with would take caches and cores from the other's first work.
      await untilResting(started.flatMap(({ pids }) => pids));
      process.stderr.write(`API, ${round > 0 ? `round ${round} of ${rounds}` : "warming up"}: ${server.name}\n`);
      for await (const measurement of load.run()) if (round > 0) measured.get(server)!.push(measurement);
    }
  }
  console.log(
    `\nAPI requests with ${pods} pods, TLS, RBAC, durable: medians of ${rounds} after ${WARM_UP_ROUNDS} to warm up\n`,
  );
  console.log(tableOf(started, measured));
  for (const server of started) {
    const { pssBytes, rssBytes } = memoryOf(server.pids);
    console.log(`\n${server.name} after the load: ${megabytes(pssBytes)} PSS, ${megabytes(rssBytes)} RSS`);
  }
}

function tableOf(servers: readonly MeasuredServer[], measured: ReadonlyMap<MeasuredServer, readonly Measurement[]>) {
  const works = [...new Set([...measured.values()].flat().map(({ work }) => work))];
  const header = ["", ...servers.flatMap(({ name }) => [`${name}/CPU-s`, "/s", "p50 ms", "p99 ms"])];
  if (servers.length === 2) header.push("ratio");
  const rows = works.map((work) => {
    const summaries = servers.map((server) => summarize(measured.get(server)!.filter((one) => one.work === work)));
    const [ours, theirs] = summaries;
    const ratio = ours && theirs ? [`${(ours.perCpuSecond / theirs.perCpuSecond).toFixed(1)}×`] : [];
    return [work, ...summaries.flatMap(cellsOf), ...ratio];
  });
  return formatTable(header, rows);
}

function cellsOf({ perCpuSecond, perSecond, p50, p99 }: Summary): string[] {
  const ms = (value: number | undefined) => value?.toFixed(1) ?? "-";
  return [perCpuSecond.toFixed(0), perSecond.toFixed(0), ms(p50), ms(p99)];
}
