import { readFileSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { HttpsTransport } from "@dingi/client";

interface ConnectionFacts {
  readonly server: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** One connection of its own to the server of a kubeconfig. Throws unless the server is on loopback: load goes nowhere else. */
export function connectionOf(kubeconfig: string): HttpsTransport {
  return new HttpsTransport({ ...connectionFacts(kubeconfig), userAgent: "bench" });
}

/** What a kubeconfig's current context says. Throws unless the server is on loopback. */
export function connectionFacts(kubeconfig: string): ConnectionFacts {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (!cluster || !user) throw new Error(`"${kubeconfig}" has no current context`);
  if (!/^https:\/\/(127\.|localhost)/.test(cluster.server)) throw new Error(`"${cluster.server}" is not on loopback`);
  return {
    server: cluster.server,
    ca: pem(cluster.caData, cluster.caFile),
    cert: pem(user.certData, user.certFile),
    key: pem(user.keyData, user.keyFile),
  };
}

function pem(data: string | undefined, file: string | undefined): string {
  return data ? Buffer.from(data, "base64").toString() : readFileSync(file ?? "", "utf8");
}
