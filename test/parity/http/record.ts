/**
 * Asks an upstream API server all questions of the suites over HTTP and writes the answers down: of those named, or of all
 * that need no flags. It must be a fresh one, with its default admission, over an empty store, and no controllers.
 * `test/parity/record-all.sh` starts one.
 *
 *   node test/parity/http/record.ts KUBECONFIG [SUITE …]
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { load } from "js-yaml";
import { answeredSteps, runCase, type Answer, type Ask } from "./case.ts";
import { normalizeAnswer } from "./normalize.ts";
import { loadSuites, namespaceOf, recordedPath } from "./suites.ts";
import { startParityWebhooks } from "./webhooks.ts";

/** Policies and webhooks are read anew once a second. */
const SETTLE_MS = 2500;

function connect(kubeconfig: string): Ask {
  const config = load(readFileSync(kubeconfig, "utf8")) as {
    clusters: { cluster: Record<string, string> }[];
    users: { user: Record<string, string> }[];
  };
  const { cluster } = config.clusters[0]!;
  const { user } = config.users[0]!;
  const tls = {
    ca: readFileSync(cluster["certificate-authority"]!),
    cert: readFileSync(user["client-certificate"]!),
    key: readFileSync(user["client-key"]!),
  };
  return ({ method, url, headers, body, lines, withheld }) =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
      // With this header the server says when it begins to read the body.
      const expect = withheld ? { expect: "100-continue" } : {};
      const options = { method, headers: { ...headers, ...length, ...expect }, ...tls };
      const call = request(new URL(url, cluster["server"]), options, (response) => {
        let text = "";
        const answer = (): Answer => ({
          status: response.statusCode!,
          headers: {
            ...(response.headers as Record<string, string>),
            ...warnings(response.headersDistinct["warning"]),
          },
          text,
        });
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
          if (lines === undefined || text.split("\n").length <= lines) return;
          resolve(answer());
          call.destroy();
        });
        response.on("end", () => resolve(answer()));
      });
      call.on("error", reject);
      if (!withheld) return void call.end(body);
      call.on("continue", withheld.asked);
      call.flushHeaders();
      void withheld.released.then(() => call.end(body));
    });
}

function warnings(values: readonly string[] | undefined): Record<string, string> {
  return values ? { warning: values.join("\n") } : {};
}

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [kubeconfig, ...only] = positionals;
  if (!kubeconfig) throw new Error("Name the kubeconfig of an upstream API server");
  const ask = connect(kubeconfig);
  await using webhooks = await startParityWebhooks();
  const settle = () => new Promise<void>((resolve) => setTimeout(resolve, SETTLE_MS));
  for (const { name, cases, flags } of loadSuites()) {
    const wanted = only.length > 0 ? only.includes(name) : Object.keys(flags).length === 0;
    if (!wanted) continue;
    const recorded = [];
    for (const [i, testCase] of cases.entries()) {
      const answers = await runCase(
        testCase,
        { namespace: namespaceOf(name, i), names: { ca: webhooks.caBundle }, settle },
        ask,
      );
      const steps = answeredSteps(testCase);
      recorded.push({
        name: testCase.name,
        answers: answers.map((answer, j) => normalizeAnswer(answer, steps[j]!.lines)),
      });
    }
    writeFileSync(recordedPath(name), `${JSON.stringify(recorded, undefined, 1)}\n`);
    execFileSync(join(import.meta.dirname, "../../../node_modules/.bin/oxfmt"), [recordedPath(name)]);
    console.log(`${name}: ${cases.length} cases`);
  }
}

await main();
