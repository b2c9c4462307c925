import { closeSync, openSync } from "node:fs";
import type { Machine } from "../../../packages/cluster/src/machine/machine.ts";

interface DetachedProgram {
  readonly argv: readonly string[];
  readonly log: string;
  readonly input?: string;
}

/** Starts a program in a node; it ends with the node. */
export async function startDetached(machine: Machine, node: string, program: DetachedProgram): Promise<void> {
  const { argv, log, input } = program;
  const out = openSync(log, "a", 0o600);
  try {
    const { child } = await machine.spawnInNode(node, argv, {
      stdio: [input === undefined ? "ignore" : "pipe", out, out],
    });
    child.stdin?.end(input);
    child.unref();
  } finally {
    closeSync(out);
  }
}
