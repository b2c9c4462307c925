import { rename, writeFile } from "node:fs/promises";

/**
 * A pod's link goes straight to its node, without a bridge, so bridge-nf is not needed.
 * Version 0.4.0 is understood by every runtime and plugin that Debian and Ubuntu have.
 */
export function cniConfig(podCidr: string): object {
  const ipam = {
    type: "host-local",
    dataDir: "/var/lib/cni/networks",
    ranges: [[{ subnet: podCidr }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  return {
    cniVersion: "0.4.0",
    name: "dingi",
    plugins: [
      { type: "ptp", ipMasq: false, ipam },
      { type: "portmap", capabilities: { portMappings: true }, snat: true },
    ],
  };
}

/** The runtime watches the folder, so the file appears whole. */
export async function writeCniConfig(path: string, podCidr: string): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify(cniConfig(podCidr), undefined, 2)}\n`);
  await rename(`${path}.new`, path);
}
