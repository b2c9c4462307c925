import { createServer } from "node:net";
import type { Clock } from "@dingi/base";

const WAIT_MS = 60_000;
const STEP_MS = 20;

/**
 * Waits until no other `dingi up` of this user chooses networks and ports, and keeps the others waiting until it is disposed.
 * The name of a socket without a file is the lock: the kernel frees it however its holder ends.
 */
export async function takeTurn(clock: Clock, user: number = process.getuid?.() ?? 0): Promise<AsyncDisposable> {
  const end = clock.monotonic() + WAIT_MS;
  for (;;) {
    const server = createServer();
    const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | undefined>();
    server.once("error", resolve).listen(`\0dingi-up-${user}`, () => resolve(undefined));
    const failure = await promise;
    if (!failure) return { [Symbol.asyncDispose]: () => new Promise((closed) => server.close(() => closed())) };
    if (failure.code !== "EADDRINUSE") throw new Error("Other starts cannot be kept waiting", { cause: failure });
    if (clock.monotonic() > end)
      throw new Error(
        `Another dingi up is choosing its networks for more than ${WAIT_MS / 1000} s; end it and try again`,
      );
    await clock.sleep(STEP_MS);
  }
}
