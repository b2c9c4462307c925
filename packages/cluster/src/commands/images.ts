import { systemClock, silentLogger } from "@dingi/base";
import { connectContainerd } from "@dingi/cri";
import { importIntoNodes } from "../image/import-image.ts";
import { listImages } from "../image/list-images.ts";
import { Machine } from "../machine/machine.ts";
import { openCluster } from "./context.ts";

async function machineOf(name: string) {
  const { paths, config } = await openCluster(name);
  if (config.runtime !== "containerd") throw new Error("Simulated nodes have no images");
  const machine = await Machine.open({
    name,
    home: paths.home,
    runDirectory: paths.run,
    clock: systemClock,
    logger: silentLogger,
  });
  return {
    machine,
    nodes: config.nodes.map((node) => ({ name: node.name, socket: machine.containerdSocket(node.name) })),
  };
}

export async function loadImage(name: string, file: string): Promise<void> {
  const { nodes } = await machineOf(name);
  const names = await importIntoNodes(file, nodes);
  process.stdout.write(`${names.join("\n")}\n`);
}

export async function showImages(name: string): Promise<void> {
  const { nodes } = await machineOf(name);
  await using stack = new AsyncDisposableStack();
  const connected = nodes.map(({ name: node, socket }) => ({
    name: node,
    images: stack.use(connectContainerd({ socket, clock: systemClock })).images,
  }));
  for (const { name: image, nodes: on } of await listImages(connected))
    process.stdout.write(`${image.padEnd(60)} ${on.join(",")}\n`);
}
