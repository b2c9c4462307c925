/**
 * Asks an upstream API server, with only the admission that cannot be switched off, what it answers to each case, and
 * writes the answers down, so that replays need no upstream.
 *
 *   node test/parity/record.ts KUBECONFIG [CASES.yaml …]
 *
 * `test/parity/record-all.sh` starts one, with the arguments in admission.ts.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { load, loadAll } from "js-yaml";
import {
  NAMESPACE,
  resourcePath,
  type ParityCase,
  type ParityStep,
  type RecordedCase,
  type RecordedStep,
} from "./cases.ts";
import { normalize, normalizeCells } from "./normalize.ts";

const here = import.meta.dirname;

interface Answer {
  readonly code: number;
  readonly body: Record<string, unknown>;
  readonly warnings: string[];
}

class Upstream {
  readonly #server: string;
  readonly #tls: { ca: Buffer; cert: Buffer; key: Buffer };

  constructor(kubeconfig: string) {
    const config = load(readFileSync(kubeconfig, "utf8")) as {
      clusters: { cluster: Record<string, string> }[];
      users: { user: Record<string, string> }[];
    };
    const { cluster } = config.clusters[0]!;
    const { user } = config.users[0]!;
    this.#server = cluster["server"]!;
    this.#tls = {
      ca: readFileSync(cluster["certificate-authority"]!),
      cert: readFileSync(user["client-certificate"]!),
      key: readFileSync(user["client-key"]!),
    };
  }

  call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = {
        method,
        ...this.#tls,
        headers: { "content-type": "application/json", accept: "application/json", ...headers },
      };
      const call = request(new URL(path, this.#server), options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          const warnings = response.rawHeaders
            .filter((_, i, all) => all[i - 1]?.toLowerCase() === "warning")
            .map(warningText);
          resolve({ code: response.statusCode!, body: JSON.parse(text) as Record<string, unknown>, warnings });
        });
      });
      call.on("error", reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

const warningText = (header: string): string => JSON.parse(/^299 - (".*")$/.exec(header)![1]!) as string;

/** Kinds whose status upstream's own controllers write at once, and nobody knows when: a row may show either. */
const RACED: ReadonlySet<string> = new Set(["apiextensions.k8s.io/v1/customresourcedefinitions"]);

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

async function recordCase(upstream: Upstream, testCase: ParityCase): Promise<RecordedCase> {
  const collection = resourcePath(testCase.resource);
  const steps: RecordedStep[] = [];
  let path = "";
  for (const step of testCase.steps) {
    const answer = await perform(upstream, collection, path, step);
    const ok = answer.code < 300;
    const named = ok && "create" in step && !step.subresource && answer.body["metadata"] !== undefined;
    if (named) path = `${collection}/${(answer.body["metadata"] as { name: string }).name}`;
    const hasRow = ok && path !== "" && answer.body["metadata"] !== undefined && !RACED.has(testCase.resource);
    const row = hasRow ? await rowOf(upstream, path) : {};
    steps.push({
      code: answer.code,
      body: normalize(answer.body),
      warnings: answer.warnings,
      ...row,
    });
  }
  if (path !== "") await remove(upstream, path);
  return { name: testCase.name, steps };
}

/** No controllers run, so nobody else lets go of an object. */
async function remove(upstream: Upstream, path: string): Promise<void> {
  const unhold = { metadata: { finalizers: null } };
  await upstream.call("PATCH", path, unhold, { "content-type": "application/merge-patch+json" });
  const { body } = await upstream.call("DELETE", `${path}?gracePeriodSeconds=0&propagationPolicy=Background`);
  if (body["kind"] !== "Namespace") return;
  await upstream.call("PUT", `${path}/finalize`, { ...body, spec: { finalizers: [] } });
}

function perform(upstream: Upstream, collection: string, path: string, step: ParityStep): Promise<Answer> {
  if ("create" in step) {
    return upstream.call("POST", step.subresource ? `${path}/${step.subresource}` : collection, step.create);
  }
  if (path === "") throw new Error("There is nothing to patch: the first step failed");
  const target = step.subresource ? `${path}/${step.subresource}` : path;
  return upstream.call("PATCH", target, step.patch, { "content-type": "application/merge-patch+json" });
}

async function rowOf(upstream: Upstream, path: string): Promise<Pick<RecordedStep, "cells" | "rowConditions">> {
  const { code, body } = await upstream.call("GET", path, undefined, { accept: TABLE });
  const row =
    code === 200 ? (body["rows"] as { cells: unknown[]; conditions?: unknown[] }[] | undefined)?.[0] : undefined;
  if (!row) return {};
  const columns = (body["columnDefinitions"] as { name: string }[]).map(({ name }) => name);
  const cells = normalizeCells(row.cells, columns);
  return row.conditions ? { cells, rowConditions: row.conditions } : { cells };
}

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [kubeconfig, ...only] = positionals;
  if (!kubeconfig) throw new Error("Name the kubeconfig of an upstream API server");
  const upstream = new Upstream(kubeconfig);
  await upstream.call("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  const files = only.length > 0 ? only : readdirSync(join(here, "cases")).map((file) => join(here, "cases", file));
  for (const file of files) {
    const recorded: RecordedCase[] = [];
    for (const testCase of loadAll(readFileSync(file, "utf8")) as ParityCase[])
      recorded.push(await recordCase(upstream, testCase));
    const target = join(here, "recorded", basename(file).replace(/\.yaml$/, ".json"));
    writeFileSync(target, `${JSON.stringify(recorded, undefined, 1)}\n`);
    execFileSync(join(here, "../../node_modules/.bin/oxfmt"), [target]);
    console.log(`${basename(target)}: ${recorded.length} cases`);
  }
}

await main();
