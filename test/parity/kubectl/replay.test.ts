import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { KnownDifferences } from "../http/known-differences.ts";
import { CannedServer } from "./canned-server.ts";
import { differences } from "./compare.ts";
import { FILES, loadInvocations, loadRecorded, outcomeOf } from "./invocations.ts";
import { runOurs } from "./our-kubectl.ts";

const recorded = loadRecorded();
const known = new KnownDifferences(import.meta.dirname);

describe("Our kubectl asks what upstream's asks, and says what it says", () => {
  let server: CannedServer;
  let home: string;
  let env: Readonly<Record<string, string>>;

  before(async () => {
    server = await CannedServer.start();
    home = await mkdtemp(join(tmpdir(), "dingi-replay-"));
    env = { HOME: home, KUBECONFIG: join(home, "config") };
    await writeFile(env["KUBECONFIG"]!, server.kubeconfig);
    process.chdir(FILES);
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await rm(home, { recursive: true });
  });

  for (const invocation of loadInvocations())
    test(invocation.line, async () => {
      const theirs = recorded[invocation.line];
      assert.ok(theirs, "Record what upstream's kubectl does first: node test/parity/kubectl/record.ts");
      server.reset();
      const run = await runOurs(invocation, env);
      const ours = outcomeOf(run, server.reset(), server.url);
      const found = differences(ours, theirs).map((line) => `${invocation.line} | ${line}`);
      const unexpected = known.unexpected(found);
      assert.equal(unexpected.join("\n"), "");
    });
});

test("Every difference that is known is still there", () => {
  assert.deepEqual(known.unmet(), []);
});

test("Nothing is recorded of a command line that is not asked any more", () => {
  const lines = new Set(loadInvocations().map(({ line }) => line));
  assert.deepEqual(
    Object.keys(recorded).filter((line) => !lines.has(line)),
    [],
  );
});
