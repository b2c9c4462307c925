/**
 * Writes down what an upstream API server's OpenAPI v2 says of its operations and shapes, without its prose.
 * `test/parity/record-all.sh` starts one.
 *
 *   node test/parity/openapi/record.ts KUBECONFIG
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { load } from "js-yaml";
import { summarize } from "./summary.ts";

async function ask(kubeconfig: string, path: string): Promise<string> {
  const config = load(readFileSync(kubeconfig, "utf8")) as {
    clusters: { cluster: Record<string, string> }[];
    users: { user: Record<string, string> }[];
  };
  const { cluster } = config.clusters[0]!;
  const { user } = config.users[0]!;
  const ca = cluster["certificate-authority"];
  const tls = {
    ...(ca ? { ca: readFileSync(ca) } : {}),
    cert: readFileSync(user["client-certificate"]!),
    key: readFileSync(user["client-key"]!),
  };
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const call = request(new URL(path, cluster["server"]), tls, (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => (text += chunk));
    response.on("end", () => resolve(text));
  });
  call.on("error", reject);
  call.end();
  return await promise;
}

const [kubeconfig] = process.argv.slice(2);
if (!kubeconfig) throw new Error("Name the kubeconfig of an upstream API server");
const { operations, definitions } = summarize(
  JSON.parse(await ask(kubeconfig, "/openapi/v2")) as Record<string, unknown>,
);
const target = join(import.meta.dirname, "recorded.json");
writeFileSync(target, JSON.stringify({ operations, definitions }));
execFileSync(join(import.meta.dirname, "../../../node_modules/.bin/oxfmt"), [target]);
console.log(`openapi: ${Object.keys(operations).length} operations, ${Object.keys(definitions).length} definitions`);
