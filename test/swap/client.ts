import { readFileSync } from "node:fs";
import { Client, HttpsTransport } from "@dingi/client";
import type { Credentials } from "../upstream/cluster/credentials.ts";

interface OurClients {
  /** A client under an identity that the cluster's authority is asked for. */
  as(user: string, groups: readonly string[], userAgent: string): Promise<Client>;
}

export function clientsOf(credentials: Credentials, server: string): OurClients {
  const ca = readFileSync(credentials.path("ca.crt"), "utf8");
  return {
    async as(user, groups, userAgent) {
      const name = `swap-${user.replaceAll(/[^a-z0-9-]/g, "-")}`;
      const { certificatePem, keyPem } = await credentials.issue({ name, user, groups });
      return new Client(new HttpsTransport({ server, ca, cert: certificatePem, key: keyPem, userAgent }));
    },
  };
}
