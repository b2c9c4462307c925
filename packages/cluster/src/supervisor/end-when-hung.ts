import { describeError, type Clock, type Logger } from "@dingi/base";
import { untilHung, type Probe } from "./health.ts";

interface EndWhenHungOptions {
  /** Of the process, in the log. */
  readonly name: string;
  readonly probe: Probe;
  readonly kill: () => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Kills a process that is there and does not answer, as often as it happens; who keeps it running starts it again. */
export async function endWhenHung({ name, probe, kill, clock, logger, signal }: EndWhenHungOptions): Promise<void> {
  for (;;) {
    const reason = await untilHung({ probe, clock, signal, onServing: () => {} });
    if (reason === undefined) return;
    logger.warn("Process hung", { process: name, reason });
    await kill().catch((error: unknown) => {
      logger.error("Process that hung could not be killed", { process: name, error: describeError(error) });
    });
  }
}
