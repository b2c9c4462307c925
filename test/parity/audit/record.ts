/**
 * Asks an upstream API server whose audit log is LOG all requests, and writes down what it recorded of each.
 * `test/parity/record-all.sh audit` starts one.
 *
 *   node test/parity/audit/record.ts KUBECONFIG LOG
 */
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { parseArgs } from "node:util";
import type { RawRequest } from "../../../packages/apiserver/src/testing/test-server.ts";
import { connectionFacts } from "../../bench/connection.ts";
import { normalizeEvent } from "./normalize.ts";
import { AUDITED_REQUESTS } from "./requests.ts";

const [kubeconfig = "", log = ""] = parseArgs({ allowPositionals: true }).positionals;
if (log === "") throw new Error("Name the kubeconfig of an upstream API server, and its audit log");
const facts = connectionFacts(kubeconfig);

function send({ method = "GET", url, headers = {}, body, text, user }: RawRequest): Promise<void> {
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const shown = user === null ? {} : { cert: facts.cert, key: facts.key };
  const type =
    sent === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(sent) };
  const options = { method, headers: { ...type, ...headers }, ca: facts.ca, agent: false, ...shown };
  return new Promise((resolve, reject) => {
    const call = request(new URL(url, facts.server), options, (response) => {
      response.resume();
      response.on("end", resolve);
    });
    call.on("error", reject);
    call.end(sent);
  });
}

const recorded: Record<string, unknown[]> = {};
/** Others ask as well: the server itself, and its own loopback client. */
const isOurs = (event: { user?: { username?: string } }) =>
  event.user?.username === "admin" || !event.user?.username || event.user.username === "system:anonymous";
for (const each of AUDITED_REQUESTS) {
  const before = readFileSync(log).length;
  await send(each);
  const lines = readFileSync(log).subarray(before).toString().split("\n").filter(Boolean);
  recorded[each.name] = lines
    .map((line) => JSON.parse(line))
    .filter(isOurs)
    .map(normalizeEvent);
}
writeFileSync(new URL("recorded.json", import.meta.url), `${JSON.stringify(recorded, undefined, 1)}\n`);
