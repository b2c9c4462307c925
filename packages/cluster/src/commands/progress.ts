import { systemClock } from "@dingi/base";

/** Tells a person step by step what is being done, and how long it took. */
export class Progress {
  readonly #startMs = systemClock.monotonic();

  get total(): string {
    return seconds(systemClock.monotonic() - this.#startMs);
  }

  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const startMs = systemClock.monotonic();
    const result = await work();
    this.done(name, systemClock.monotonic() - startMs);
    return result;
  }

  done(name: string, ms: number): void {
    process.stdout.write(`  ✓ ${name.padEnd(28)} ${seconds(ms)}\n`);
  }

  note(text: string): void {
    process.stdout.write(`${text}\n`);
  }
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
