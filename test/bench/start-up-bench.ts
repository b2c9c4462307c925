import { ConfigMap } from "@dingi/api";
import { systemClock } from "@dingi/base";
import { Client } from "@dingi/client";
import { connectionOf } from "./connection.ts";
import { formatTable, median } from "./report.ts";
import type { BenchOptions } from "./options.ts";

/** From the command to the first object that was stored. What is made once, certificates for instance, is included. */
export async function benchStartUp({ servers, rounds }: BenchOptions): Promise<void> {
  const taken = new Map<string, number[]>();
  for (let round = 1; round <= rounds; round++) {
    for (const start of servers) {
      const startMs = systemClock.monotonic();
      await using server = await start({ controllers: false });
      await using connection = connectionOf(server.kubeconfig);
      await new Client(connection).create(ConfigMap, { metadata: { namespace: "default", name: "first" } });
      const tookMs = systemClock.monotonic() - startMs;
      taken.set(server.name, [...(taken.get(server.name) ?? []), tookMs]);
    }
  }
  const rows = [...taken].map(([name, values]) => [
    name,
    `${(median(values) / 1000).toFixed(2)} s`,
    `${(Math.min(...values) / 1000).toFixed(2)} s`,
    `${(Math.max(...values) / 1000).toFixed(2)} s`,
  ]);
  console.log(`\nStart to the first write, ${rounds} times\n\n${formatTable(["", "median", "least", "most"], rows)}`);
}
