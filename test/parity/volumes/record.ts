/**
 * Plays the steps on an upstream API server with upstream's controller manager, and writes down what came of them.
 * `test/parity/record-all.sh` starts both.
 *
 *   node test/parity/volumes/record.ts KUBECONFIG
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { systemClock } from "@dingi/base";
import { Client, HttpsTransport } from "@dingi/client";
import { play } from "./steps.ts";

/** Upstream looks at all claims and volumes once a second, as record-all.sh starts it. */
const REST_MS = 6000;

const config = load(readFileSync(process.argv[2] ?? "", "utf8")) as {
  clusters: { cluster: Record<string, string> }[];
  users: { user: Record<string, string> }[];
};
const { cluster } = config.clusters[0]!;
const { user } = config.users[0]!;
const read = (path: string | undefined): string => readFileSync(path ?? "", "utf8");
await using client = new Client(
  new HttpsTransport({
    server: cluster["server"]!,
    ca: read(cluster["certificate-authority"]),
    cert: read(user["client-certificate"]),
    key: read(user["client-key"]),
    userAgent: "dingi-parity",
  }),
);
const findings = await play({ client, rest: () => systemClock.sleep(REST_MS) });
writeFileSync(join(import.meta.dirname, "recorded.json"), `${JSON.stringify(findings, undefined, 2)}\n`);
