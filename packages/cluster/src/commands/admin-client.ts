import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Client, HttpsTransport } from "@dingi/client";
import { DINGI_VERSION, trustedOf } from "@dingi/component-base";
import type { ClusterConfig } from "../config/cluster-config.ts";
import type { ClusterPaths } from "../config/paths.ts";

/** Speaks to a cluster's API server as its administrator. */
export async function adminClient(paths: ClusterPaths, config: ClusterConfig): Promise<Client> {
  const read = (file: string) => readFile(join(paths.pki, file), "utf8");
  const [ca, cert, key] = await Promise.all([trustedOf(paths.pki, "ca"), read("admin.crt"), read("admin.key")]);
  return new Client(
    new HttpsTransport({
      server: `https://127.0.0.1:${config.apiPort}`,
      ca,
      cert,
      key,
      userAgent: `dingi/${DINGI_VERSION}`,
    }),
  );
}
