import type { Clock } from "@dingi/base";
import { RuntimeError } from "../runtime-error.ts";
import type { ExecSyncResult } from "../runtime-service.ts";
import { executionOf } from "./program.ts";
import { SimulatedProcess } from "./simulated-process.ts";

interface ExecutionOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a command to its end; "DeadlineExceeded" when that takes longer than `timeoutSeconds`. */
export async function executeSimulated(cmd: readonly string[], options: ExecutionOptions): Promise<ExecSyncResult> {
  const { environment, clock, timeoutSeconds = 0, signal } = options;
  signal?.throwIfAborted();
  const output = { stdout: "", stderr: "" };
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const process = new SimulatedProcess({
    clock,
    steps: executionOf(cmd, environment),
    print: (text, stream) => (output[stream] += text),
    onExit: resolve,
  });
  using _deadline =
    timeoutSeconds > 0 ? clock.timer(timeoutSeconds * 1000, () => reject(tooLong(cmd, timeoutSeconds))) : undefined;
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  process.start();
  try {
    const exitCode = await promise;
    return { stdout: Buffer.from(output.stdout), stderr: Buffer.from(output.stderr), exitCode };
  } finally {
    signal?.removeEventListener("abort", onAbort);
    process.end(0, 0);
  }
}

function tooLong(cmd: readonly string[], seconds: number): RuntimeError {
  return new RuntimeError("DeadlineExceeded", `Command "${cmd.join(" ")}" did not end within ${seconds} s`);
}
