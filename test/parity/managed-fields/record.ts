/**
 * Asks an upstream API server, started as test/parity/record.ts says, for its answers to the scenarios and writes them down.
 *
 *   node test/parity/managed-fields/record.ts KUBECONFIG
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request, type RequestOptions } from "node:https";
import { join } from "node:path";
import { load } from "js-yaml";
import { SCENARIOS, type Answer, type Request, type Scenario } from "./scenarios.ts";

const NAMESPACE = "owners";
const TYPES = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
  readonly users: readonly { readonly user: Readonly<Record<string, string>> }[];
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly type?: string;
  readonly body?: unknown;
}

class Server {
  readonly #url: string;
  readonly #tls: RequestOptions;

  constructor(kubeconfig: string) {
    const { clusters, users } = load(readFileSync(kubeconfig, "utf8")) as Kubeconfig;
    const file = (path: string | undefined): Buffer => readFileSync(path ?? "");
    this.#url = clusters[0]!.cluster["server"]!;
    const user = users[0]!.user;
    this.#tls = {
      ca: file(clusters[0]!.cluster["certificate-authority"]),
      cert: file(user["client-certificate"]),
      key: file(user["client-key"]),
    };
  }

  async call({ method, path, type = "application/json", body }: Call): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const headers = { "content-type": type, accept: "application/json" };
    const outgoing = request(`${this.#url}/${path}`, { ...this.#tls, method, headers }, resolve);
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    const response = await promise;
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { code: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) as Answer["body"] };
  }
}

function send(server: Server, collection: string, step: Request): Promise<Answer> {
  const query = `?fieldManager=${step.by}${step.force ? "&force=true" : ""}`;
  const target = `${collection}/owned${step.subresource ? `/${step.subresource}` : ""}${query}`;
  if (step.create) return server.call({ method: "POST", path: `${collection}${query}`, body: step.create });
  if (step.put) return server.call({ method: "PUT", path: target, body: step.put });
  for (const [patch, type] of Object.entries(TYPES)) {
    const body = step[patch as keyof typeof TYPES];
    if (body !== undefined) return server.call({ method: "PATCH", path: target, type, body });
  }
  throw new Error("A step without a request");
}

async function record(server: Server, { resource, steps }: Scenario): Promise<Answer[]> {
  const [root, plural] = resource.split(" ") as [string, string];
  const collection = `${root}/namespaces/${NAMESPACE}/${plural}`;
  await server.call({ method: "DELETE", path: `${collection}/owned?gracePeriodSeconds=0` });
  const answers: Answer[] = [];
  for (const step of steps) answers.push(await send(server, collection, step));
  await server.call({ method: "DELETE", path: `${collection}/owned?gracePeriodSeconds=0` });
  return answers;
}

const [kubeconfig = ""] = process.argv.slice(2);
const server = new Server(kubeconfig);
await server.call({ method: "POST", path: "api/v1/namespaces", body: { metadata: { name: NAMESPACE } } });
const recorded: Record<string, Answer[]> = {};
for (const scenario of SCENARIOS) recorded[scenario.name] = await record(server, scenario);
const lines = Object.entries(recorded).map(
  ([name, answers]) => `${JSON.stringify(name)}: [\n${answers.map((answer) => JSON.stringify(answer)).join(",\n")}\n]`,
);
writeFileSync(join(import.meta.dirname, "recorded.json"), `{\n${lines.join(",\n")}\n}\n`);
