import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { unmountTree } from "./mounts.ts";

/** A directory for one test; what the test has mounted there goes with it. */
export async function scratchDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "dingi-host-"));
  t.after(async () => {
    await unmountTree(directory);
    await rm(directory, { recursive: true });
  });
  return directory;
}

export const AS_ROOT = { skip: process.getuid?.() !== 0 && "needs root" };
