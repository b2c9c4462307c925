import { fileURLToPath } from "node:url";

/** How this program is started again: by the same Node, from the same file. */
export function program(): readonly string[] {
  return [process.execPath, fileURLToPath(import.meta.resolve("../main.ts"))];
}
