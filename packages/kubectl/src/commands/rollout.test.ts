import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { test } from "node:test";
import { FakeClock, seededRandom } from "@dingi/base";
import type { StreamResponse, Transport, TransportRequest } from "@dingi/client";
import type { WatchEvent } from "@dingi/apimachinery";
import { kubectl } from "../kubectl.ts";

const resourceOf = (kind: string) => ({
  resource: `${kind.toLowerCase()}s`,
  singularResource: kind.toLowerCase(),
  scope: "Namespaced",
  responseKind: { kind },
  verbs: ["get", "list", "patch"],
});
const APPS = { version: "v1", resources: ["StatefulSet", "DaemonSet", "ControllerRevision"].map(resourceOf) };
const DISCOVERY = { items: [{ metadata: { name: "apps" }, versions: [APPS] }] };

const templateWith = (image: string) => ({
  metadata: { labels: { app: "db" } },
  spec: { containers: [{ name: "main", image }] },
});
const workload = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "db", namespace: "default", uid: "db" },
  spec: { selector: { matchLabels: { app: "db" } }, template: templateWith("db:2") },
};
const patchTo = (image: string) => ({ spec: { template: { ...templateWith(image), $patch: "replace" } } });
const revisionOf = (revision: number, owner = "db") => ({
  metadata: {
    name: `db-${revision}`,
    ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: owner, controller: true }],
    ...(revision === 1 ? { annotations: { "kubernetes.io/change-cause": "the beginning" } } : {}),
  },
  revision,
  data: patchTo(`db:${revision}`),
});

/** A server of one workload with its history. */
class OneWorkload implements Transport {
  readonly patches: unknown[] = [];
  readonly #kind: string;
  readonly #revisions: readonly object[];

  constructor(kind: string, revisions: readonly object[]) {
    this.#kind = kind;
    this.#revisions = revisions;
  }

  request({ method, path, body, contentType }: TransportRequest): Promise<unknown> {
    if (path === "/api") return Promise.resolve({ items: [] });
    if (path === "/apis") return Promise.resolve(DISCOVERY);
    if (path.endsWith("/controllerrevisions"))
      return Promise.resolve({ kind: "ControllerRevisionList", apiVersion: "apps/v1", items: this.#revisions });
    if (method === "PATCH") this.patches.push([contentType, body]);
    return Promise.resolve({ ...workload, kind: this.#kind });
  }

  // oxlint-disable-next-line require-yield
  async *watch(): AsyncIterable<readonly WatchEvent[]> {}

  stream(): Promise<StreamResponse> {
    return Promise.reject(new Error("There are no streams here"));
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

async function run(
  transport: OneWorkload,
  ...argv: readonly string[]
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const io = { stdout, stderr, stdin: Readable.from([]), env: { KUBECONFIG: "/nowhere" } };
  await kubectl(["rollout", ...argv], io, { transport, clock: new FakeClock(), random: seededRandom(1) });
  const text = (stream: PassThrough) => String((stream.read() as Buffer | null) ?? "");
  return { stdout: text(stdout), stderr: text(stderr) };
}

const BOTH = [revisionOf(2), revisionOf(1), revisionOf(3, "another")];

for (const [kind, singular] of [
  ["StatefulSet", "statefulset"],
  ["DaemonSet", "daemonset"],
] as const) {
  test(`the history of a ${kind} is that of its revisions`, async () => {
    const server = new OneWorkload(kind, BOTH);
    const { stdout } = await run(server, "history", `${singular}/db`);
    const rows = "REVISION  CHANGE-CAUSE\n1         the beginning\n2         <none>\n";
    assert.equal(stdout, `${singular}.apps/db \n${rows}\n`);
    assert.match((await run(server, "history", `${singular}/db`, "--revision=1")).stdout, /Image:\tdb:1/);
  });

  test(`a ${kind} goes back by the patch that its revision holds`, async () => {
    const server = new OneWorkload(kind, BOTH);
    const { stdout } = await run(server, "undo", `${singular}/db`);
    assert.equal(stdout, `${singular}.apps/db rolled back\n`);
    assert.deepEqual(server.patches, [["application/strategic-merge-patch+json", patchTo("db:1")]]);
    const same = await run(server, "undo", `${singular}/db`, "--to-revision=2");
    assert.match(same.stdout, /skipped rollback \(current template already matches revision 2\)/);
    assert.equal(server.patches.length, 1);
  });
}

test("without a history there is nothing to show, or to go back to", async () => {
  const { stdout } = await run(new OneWorkload("StatefulSet", []), "history", "statefulset/db");
  assert.equal(stdout, "statefulset.apps/db \nNo rollout history found.\n");
  const { stderr } = await run(new OneWorkload("StatefulSet", [revisionOf(1)]), "undo", "statefulset/db");
  assert.match(stderr, /no last revision to roll back to/);
  const missing = await run(new OneWorkload("StatefulSet", BOTH), "undo", "statefulset/db", "--to-revision=9");
  assert.match(missing.stderr, /unable to find specified revision 9 in history/);
});
