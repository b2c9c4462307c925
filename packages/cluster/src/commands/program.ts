import { fileURLToPath } from "node:url";

/**
 * How this program is started again: by the same Node, from the same file. No signal opens Node's inspector in it, by
 * which every key in its memory could be had.
 */
export function program(): readonly string[] {
  return [process.execPath, "--disable-sigusr1", fileURLToPath(import.meta.resolve("../main.ts"))];
}
