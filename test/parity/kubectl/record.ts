/**
 * Runs upstream's kubectl for every invocation against the canned API server, and writes down what it asked and said; with
 * arguments only for lines that begin like one of them.
 *
 *   node test/parity/kubectl/record.ts [BEGINNING …]
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { upstreamProgram } from "../../upstream/versions.ts";
import { CannedServer } from "./canned-server.ts";
import {
  FILES,
  loadInvocations,
  loadRecorded,
  outcomeOf,
  RECORDED,
  type Invocation,
  type Outcome,
  type Run,
} from "./invocations.ts";

const TIMEOUT_MS = 20_000;

async function runUpstream({ argv, stdin }: Invocation, home: string): Promise<Run> {
  const env = { HOME: home, KUBECONFIG: join(home, "config"), PATH: process.env["PATH"] };
  const child = spawn(upstreamProgram("kubectl"), argv, { cwd: FILES, env, timeout: TIMEOUT_MS });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
  child.stdin.on("error", () => {});
  child.stdin.end(stdin === undefined ? "" : readFileSync(join(FILES, stdin)));
  const { promise, resolve, reject } = Promise.withResolvers<Run>();
  child.on("error", reject);
  child.on("close", (code, signal) =>
    signal ? reject(new Error(`${argv.join(" ")} did not end`)) : resolve({ code: code ?? -1, ...said }),
  );
  return await promise;
}

await using server = await CannedServer.start();
const beginnings = process.argv.slice(2);
const kept = beginnings.length === 0 ? {} : loadRecorded();
const outcomes: Record<string, Outcome> = {};
for (const invocation of loadInvocations()) {
  const { line } = invocation;
  if (Object.hasOwn(kept, line) && !beginnings.some((beginning) => line.startsWith(beginning))) {
    outcomes[line] = kept[line]!;
    continue;
  }
  // A new home each time: nothing is known from before.
  const home = mkdtempSync(join(tmpdir(), "dingi-record-"));
  try {
    writeFileSync(join(home, "config"), server.kubeconfig);
    server.reset();
    const run = await runUpstream(invocation, home);
    outcomes[line] = outcomeOf(run, server.reset(), server.url);
  } finally {
    rmSync(home, { recursive: true });
  }
}
writeFileSync(RECORDED, JSON.stringify(outcomes));
execFileSync(join(import.meta.dirname, "../../../node_modules/.bin/oxfmt"), [RECORDED]);
console.log(`kubectl: ${Object.keys(outcomes).length} invocations`);
