import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { machineAddress } from "../machine/addresses.ts";

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

/** From "registry.k8s.io=https://mirror.example" or, for every registry, "*=http://localhost:5000". */
export function parseRegistryMirror(text: string): RegistryMirror {
  const at = text.indexOf("=");
  const [registry, endpoint] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || !URL.canParse(endpoint))
    throw new Error(
      `--registry-mirror takes a registry and an address, as in docker.io=http://localhost:5000, not "${text}"`,
    );
  const mirror = { registry: registry === "*" ? ANY_REGISTRY : registry, endpoints: [endpoint.replace(/\/$/, "")] };
  hostsToml(mirror);
  folderOf("", mirror.registry);
  return mirror;
}

/** "localhost" is this machine; its nodes reach it by its address on the fabric. */
export function onFabric(mirror: RegistryMirror, fabric: string): RegistryMirror {
  const endpoints = mirror.endpoints.map((endpoint) =>
    endpoint.replace(/^(https?:\/\/)localhost(?=[:/]|$)/, `$1${machineAddress(fabric)}`),
  );
  return { ...mirror, endpoints };
}

function hostsToml({ endpoints, insecure = false }: RegistryMirror): string {
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
