import { describeError, type Logger } from "@dingi/base";
import type { Host } from "../host/host.ts";
import { parseConfigJson, parseDockercfg, type DockerConfig } from "./docker-config.ts";

const MAX_BYTES = 10 * 1024 * 1024;
/** Of who runs the kubelet. */
const HOME = "/root";

interface NodeCredentialsOptions {
  readonly host: Pick<Host, "readTail">;
  readonly logger: Logger;
  /** The kubelet's: "/var/lib/kubelet". */
  readonly rootDirectory: string;
}

/**
 * What the node itself knows of registries: the first file that there is, of the newer form before any of the older one.
 * Read anew for each pull, so that who logs in need not wait. Upstream: pkg/credentialprovider/config.go#ReadDockerConfigFile
 */
export async function nodeCredentials({ host, logger, rootDirectory }: NodeCredentialsOptions): Promise<DockerConfig> {
  const files = [
    ...[rootDirectory, `${HOME}/.docker`, "/.docker"].map((at) => [`${at}/config.json`, parseConfigJson] as const),
    ...[rootDirectory, HOME, ""].map((at) => [`${at}/.dockercfg`, parseDockercfg] as const),
  ];
  for (const [path, read] of files) {
    try {
      const text = await host.readTail(path, MAX_BYTES);
      if (text !== undefined) return read(text, `"${path}"`);
    } catch (error) {
      logger.warn("Docker configuration was not read", { path, error: describeError(error) });
    }
  }
  return {};
}
