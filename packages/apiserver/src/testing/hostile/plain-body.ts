import { decodeJson } from "@dingi/apimachinery";
import { FILLING_BYTES } from "./filling.ts";

const ATTEMPTS = 3;

/** As people write objects: names, numbers and texts of some length, a few levels deep. */
const itemOf = (i: number) => ({
  name: `item-${i}`,
  labels: { app: "web", tier: "front" },
  port: i,
  image: "registry.test/web:1",
});

/** As large a body as there may be, that means no harm: the measure for what may be done with one. */
export class PlainBody {
  readonly #bytes: Buffer;

  constructor() {
    const each = JSON.stringify(itemOf(10_000)).length + 1;
    const items = Array.from({ length: FILLING_BYTES / each }, (_, i) => itemOf(i));
    this.#bytes = Buffer.from(JSON.stringify({ items }));
  }

  /** What it takes here and now to read it, and nothing else. Milliseconds of this thread. */
  readMs(): number {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < ATTEMPTS; i++) {
      const before = process.threadCpuUsage();
      decodeJson(this.#bytes);
      const { user, system } = process.threadCpuUsage(before);
      least = Math.min(least, (user + system) / 1000);
    }
    return least;
  }
}
