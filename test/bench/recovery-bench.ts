import { readFileSync } from "node:fs";
import { ConfigMap } from "@dingi/api";
import { systemClock } from "@dingi/base";
import { Client } from "@dingi/client";
import { Dingi } from "../e2e/cluster/dingi.ts";
import { connectionOf } from "./connection.ts";
import { cpuSeconds, untilResting } from "./processes.ts";
import { formatTable, median } from "./report.ts";
import type { BenchOptions } from "./options.ts";

const OBJECTS = 1000;
const LONGEST_MS = 30_000;
const STEP_MS = 10;

interface Recovery {
  /** From the kill to the answer to a write, over a connection that was opened for it. */
  readonly tookMs: number;
  /** Of the new control plane, until then. */
  readonly cpuMs: number;
}

/**
 * From the death of a control plane, by SIGKILL and at rest, to the next write. A thousand objects are in its store. The CPU
 * that the next one takes until then holds on a noisy machine, too.
 */
export async function benchRecovery({ rounds }: BenchOptions): Promise<void> {
  await using dingi = await Dingi.create("bench");
  await dingi.up("--runtime", "simulated", "--nodes", "0");
  await fill(dingi.kubeconfig);
  const taken: Recovery[] = [];
  for (let round = 1; round <= rounds; round++) taken.push(await recover(dingi, round));
  const rows = [
    row(
      "to the next write",
      taken.map(({ tookMs }) => tookMs),
    ),
    row(
      "of them CPU of the new one",
      taken.map(({ cpuMs }) => cpuMs),
    ),
  ];
  console.log(`\nKill of the control plane, ${rounds} times\n\n${formatTable(["", "median", "least", "most"], rows)}`);
}

function row(name: string, values: readonly number[]): readonly string[] {
  return [name, ...[median(values), Math.min(...values), Math.max(...values)].map((ms) => `${ms.toFixed(0)} ms`)];
}

async function fill(kubeconfig: string): Promise<void> {
  await using connection = connectionOf(kubeconfig);
  const client = new Client(connection);
  for (let i = 0; i < OBJECTS; i++)
    await client.create(ConfigMap, { metadata: { namespace: "default", name: `filling-${i}` } });
}

async function recover(dingi: Dingi, round: number): Promise<Recovery> {
  const [pid, supervisor] = [await dingi.pidOf("control-plane"), await dingi.pidOf("supervisor")];
  await untilResting([pid]);
  const startMs = systemClock.monotonic();
  process.kill(pid, "SIGKILL");
  while (!(await writes(dingi.kubeconfig, `after-${round}`))) {
    if (systemClock.monotonic() - startMs > LONGEST_MS)
      throw new Error(`The control plane was not back after ${LONGEST_MS / 1000} s; see ${dingi.home}`);
    await systemClock.sleep(STEP_MS);
  }
  const tookMs = systemClock.monotonic() - startMs;
  return { tookMs, cpuMs: 1000 * cpuSeconds(childrenOf(supervisor)) };
}

/** The control plane alone: there are no nodes, and so no agents. */
function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
}

async function writes(kubeconfig: string, name: string): Promise<boolean> {
  await using connection = connectionOf(kubeconfig);
  try {
    await new Client(connection).create(ConfigMap, { metadata: { namespace: "default", name } });
    return true;
  } catch {
    return false;
  }
}
