import { settle } from "@dingi/base";
import type { RawRequest, RawResponse, TestServer } from "../test-server.ts";

export interface Cost {
  readonly status: number;
  readonly text: string;
  /** Of this thread, all together. */
  readonly cpuMs: number;
  /** Of this thread, of the longest stretch in which nobody else had a turn. */
  readonly longestMs: number;
  /** What of the heap the answer and everything that was made on the way still take before a collection. */
  readonly heapMb: number;
}

/** What a request costs the server in this process, by the thread's own time, which does not run while others have the processor. */
export async function costOf(server: TestServer, request: RawRequest): Promise<Cost> {
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed;
  const watch = new TurnWatch();
  const { status, text }: RawResponse = await server.send(request);
  const { cpuMs, longestMs } = await watch.stop();
  return { status, text, cpuMs, longestMs, heapMb: (process.memoryUsage().heapUsed - heap) / 1e6 };
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Notes the time at the end of each turn of the event loop. */
class TurnWatch {
  readonly #start = threadMs();
  #last = this.#start;
  #longestMs = 0;
  #isOver = false;
  readonly #watched = this.#watch();

  async #watch(): Promise<void> {
    while (!this.#isOver) {
      await settle();
      this.#note();
    }
  }

  #note(): void {
    const now = threadMs();
    this.#longestMs = Math.max(this.#longestMs, now - this.#last);
    this.#last = now;
  }

  async stop(): Promise<{ readonly cpuMs: number; readonly longestMs: number }> {
    this.#note();
    const cpuMs = this.#last - this.#start;
    const longestMs = this.#longestMs;
    this.#isOver = true;
    await this.#watched;
    return { cpuMs, longestMs };
  }
}
