import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { kubectl } from "@dingi/kubectl";
import { FILES, type Invocation, type Run } from "./invocations.ts";

/** Runs ours in this process, whose directory has to be `FILES`. */
export async function runOurs({ argv, stdin }: Invocation, env: Readonly<Record<string, string>>): Promise<Run> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const said = Promise.all([buffer(stdout), buffer(stderr)]);
  const input = stdin === undefined ? [] : [readFileSync(join(FILES, stdin))];
  const code = await kubectl(argv, { stdout, stderr, stdin: Readable.from(input), env });
  stdout.end();
  stderr.end();
  const [out, error] = await said;
  return { code, stdout: out.toString(), stderr: error.toString() };
}
