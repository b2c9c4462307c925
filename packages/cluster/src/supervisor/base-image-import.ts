import { join } from "node:path";
import { connectContainerd, untilReady } from "@dingi/cri";
import { systemClock } from "@dingi/base";
import { BASE_IMAGES } from "../image/base-images.ts";
import { importIntoNodes } from "../image/import-image.ts";
import { listImages } from "../image/list-images.ts";
import type { Machine } from "../machine/machine.ts";

const RUNTIME_WAIT_MS = 30_000;

/** Where the archive of the base images lies, in a cluster's cache. */
export function baseImagesIn(cache: string): string {
  return join(cache, "base-images.tar");
}

/** Gives the base images to those of the nodes that lack one. */
export async function importBaseImages(
  machine: Machine,
  nodes: readonly string[],
  { cache, signal }: { readonly cache: string; readonly signal: AbortSignal },
): Promise<void> {
  const targets = await Promise.all(
    nodes.map(async (name) => {
      const socket = machine.containerdSocket(name);
      return { name, socket, has: await hasBaseImages(name, socket, signal) };
    }),
  );
  const lacking = targets.filter(({ has }) => !has);
  if (lacking.length > 0) await importIntoNodes(baseImagesIn(cache), lacking, signal);
}

async function hasBaseImages(node: string, socket: string, signal: AbortSignal): Promise<boolean> {
  await using cri = connectContainerd({ socket, clock: systemClock });
  await untilReady(cri.runtime, { clock: systemClock, timeoutMs: RUNTIME_WAIT_MS, signal });
  const present = await listImages([{ name: node, images: cri.images }], signal);
  return BASE_IMAGES.every((image) => present.some(({ name }) => name === image));
}
