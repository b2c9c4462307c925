import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Every registry that has no mirror of its own. */
export const ANY_REGISTRY = "_default";

export interface RegistryMirror {
  /** As in image names, "registry.k8s.io" or "localhost:5000"; or ANY_REGISTRY. */
  readonly registry: string;
  /** Asked in this order, then the registry itself. http:// is as good as https://. */
  readonly endpoints: readonly string[];
  /** Accepts certificates of anyone. */
  readonly insecure?: boolean;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?$/;

/** Sends a node's pulls from a registry elsewhere. containerd reads it at each pull; no restart is needed. */
export async function writeRegistryMirror(nodeDirectory: string, mirror: RegistryMirror): Promise<void> {
  const path = join(folderOf(nodeDirectory, mirror.registry), "hosts.toml");
  await mkdir(folderOf(nodeDirectory, mirror.registry), { recursive: true });
  await writeFile(`${path}.new`, hostsToml(mirror));
  await rename(`${path}.new`, path);
}

export async function removeRegistryMirror(nodeDirectory: string, registry: string): Promise<void> {
  await rm(folderOf(nodeDirectory, registry), { recursive: true, force: true });
}

export function hostsToml({ endpoints, insecure = false }: RegistryMirror): string {
  return endpoints
    .map((endpoint) => {
      const { protocol } = new URL(endpoint);
      if (protocol !== "http:" && protocol !== "https:")
        throw new Error(`Mirror "${endpoint}" is neither http:// nor https://`);
      const skip = insecure ? "  skip_verify = true\n" : "";
      return `[host.${JSON.stringify(endpoint)}]\n  capabilities = ["pull", "resolve"]\n${skip}`;
    })
    .join("\n");
}

function folderOf(nodeDirectory: string, registry: string): string {
  if (registry !== ANY_REGISTRY && !NAME.test(registry)) throw new Error(`"${registry}" is not the name of a registry`);
  return join(nodeDirectory, "certs.d", registry);
}
