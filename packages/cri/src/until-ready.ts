import type { Clock } from "@dingi/base";
import { RuntimeError } from "./runtime-error.ts";
import type { RuntimeService, RuntimeStatus } from "./runtime-service.ts";

const FIRST_STEP_MS = 5;
const LONGEST_STEP_MS = 200;

interface ReadyOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Conditions that must hold; a kubelet may begin without its network. */
  readonly conditions?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * A runtime listens some 50 ms before it takes calls. Resolves when it says that it is ready; "DeadlineExceeded" with what it
 * said last when that takes longer than `timeoutMs`.
 */
export async function untilReady(runtime: RuntimeService, options: ReadyOptions): Promise<RuntimeStatus> {
  const { clock, timeoutMs, conditions = ["RuntimeReady", "NetworkReady"], signal } = options;
  const end = clock.monotonic() + timeoutMs;
  for (let step = FIRST_STEP_MS; ; step = Math.min(step * 2, LONGEST_STEP_MS)) {
    const outcome = await runtime.status({ signal }).catch((error: unknown) => ({ error }));
    signal?.throwIfAborted();
    const failing = "error" in outcome ? undefined : unmet(outcome, conditions);
    if (!("error" in outcome) && !failing) return outcome;
    if (clock.monotonic() >= end) {
      const cause = "error" in outcome ? outcome.error : new Error(failing);
      throw new RuntimeError("DeadlineExceeded", `The container runtime was not ready within ${timeoutMs} ms`, {
        cause,
      });
    }
    await clock.sleep(step, signal);
  }
}

function unmet(status: RuntimeStatus, wanted: readonly string[]): string | undefined {
  for (const type of wanted) {
    const condition = status.conditions.find((candidate) => candidate.type === type);
    if (!condition?.status) return `${type}: ${condition?.reason ?? ""} ${condition?.message ?? "unknown"}`;
  }
  return undefined;
}
