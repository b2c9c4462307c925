/** A child of the crash test: writes until it is killed and prints each write once it was acknowledged. */
import { silentLogger, systemClock } from "@dingi/base";
import { openSqliteStore } from "./sqlite-store.ts";

const WRITERS = 16;
const store = await openSqliteStore({ path: process.argv[2]!, logger: silentLogger, clock: systemClock });

async function write(writer: number): Promise<never> {
  for (let i = 0; ; i++) {
    const key = `/crash/${writer}/${i % 10}`;
    const value = new TextEncoder().encode(`${i} ${"x".repeat((i * 37) % 3000)}`);
    const result = await store.commit(key, { expected: "any", value });
    if ("revision" in result) process.stdout.write(`${JSON.stringify({ key, i, revision: result.revision })}\n`);
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
