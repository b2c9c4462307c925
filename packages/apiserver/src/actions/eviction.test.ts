import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

const PODS = "/api/v1/namespaces/default/pods";
const BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
const labels = { app: "a" };
const STATUS = { observedGeneration: 1, disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 1, expectedPods: 3 };

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly body?: unknown;
}

async function sent(api: TestServer, { method, url, body }: Sent): Promise<Record<string, unknown>> {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const { status, text } = await api.send({ method, url, body, headers: { "content-type": type } });
  assert.ok(status < 300, text);
  return JSON.parse(text) as Record<string, unknown>;
}

async function makePod(api: TestServer, name: string, ready = "True"): Promise<void> {
  const spec = { terminationGracePeriodSeconds: 0, containers: [{ name: "c", image: "i" }] };
  await sent(api, { method: "POST", url: PODS, body: { metadata: { name, labels }, spec } });
  await report(api, name, ready);
}

const report = (api: TestServer, name: string, ready: string) =>
  sent(api, {
    method: "PATCH",
    url: `${PODS}/${name}/status`,
    body: { status: { phase: "Running", conditions: [{ type: "Ready", status: ready }] } },
  });

async function makeBudget(api: TestServer, status: object): Promise<void> {
  const body = { metadata: { name: "b" }, spec: { selector: { matchLabels: labels } } };
  await sent(api, { method: "POST", url: BUDGETS, body });
  await sent(api, { method: "PATCH", url: `${BUDGETS}/b/status`, body: { status } });
}

const evict = (api: TestServer, name: string) =>
  api.send({ method: "POST", url: `${PODS}/${name}/eviction`, body: { metadata: { name } } });

async function prepared(): Promise<TestServer> {
  const api = await startTestServer();
  const url = "/api/v1/namespaces/default/serviceaccounts";
  await sent(api, { method: "POST", url, body: { metadata: { name: "default" } } });
  return api;
}

test("of evictions at the same time no more succeed than the budget allows", async () => {
  await using api = await prepared();
  const names = ["p", "q", "r", "s"];
  for (const name of names) await makePod(api, name);
  await makeBudget(api, { ...STATUS, disruptionsAllowed: 2 });
  const answers = await Promise.all(names.map((name) => evict(api, name)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 201, 429, 429]);
  const { status } = (await sent(api, { method: "GET", url: `${BUDGETS}/b` })) as { status: Record<string, unknown> };
  assert.equal(status["disruptionsAllowed"], 0);
  assert.equal(Object.keys(status["disruptedPods"] as object).length, 2);
});

/** The eviction begins some turns after the pod's report; how both were answered. */
async function race(api: TestServer, name: string, turns: number) {
  const reported = api.send({
    method: "PATCH",
    url: `${PODS}/${name}/status`,
    headers: { "content-type": "application/merge-patch+json" },
    body: { status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } },
  });
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
  const evicted = await evict(api, name);
  return { turns, report: (await reported).status, eviction: evicted.status, text: evicted.text };
}

test("an unready pod that becomes ready while it is evicted is guarded, whatever comes first", async () => {
  await using api = await prepared();
  await makeBudget(api, { ...STATUS, disruptionsAllowed: 0 });
  const races = [];
  for (let turns = 0; turns < 60; turns++) {
    await makePod(api, `p${turns}`, "False");
    races.push(await race(api, `p${turns}`, turns));
  }
  for (const one of races) assert.equal(one.report === 200, one.eviction === 429, JSON.stringify(one));
  const between = races.filter(({ text }) => text.includes("is still being processed by the server"));
  assert.notEqual(between.length, 0, "No report came between");
});

test("a pending pod that becomes ready while it is evicted is guarded, whatever comes first", async () => {
  await using api = await prepared();
  await makeBudget(api, { ...STATUS, disruptionsAllowed: 0 });
  const spec = { terminationGracePeriodSeconds: 0, containers: [{ name: "c", image: "i" }] };
  for (let turns = 0; turns < 60; turns++) {
    const name = `p${turns}`;
    await sent(api, { method: "POST", url: PODS, body: { metadata: { name, labels }, spec } });
    const one = await race(api, name, turns);
    assert.equal(one.report === 200, one.eviction === 429, JSON.stringify(one));
  }
});

test("a budget with too many evictions that its controller has not seen allows no more", async () => {
  await using api = await prepared();
  await makePod(api, "p");
  const pending = Array.from({ length: 2001 }, (_, i) => [`d${i}`, "2020-01-01T00:00:00Z"]);
  await makeBudget(api, { ...STATUS, disruptedPods: Object.fromEntries(pending) });
  const { status, text } = await evict(api, "p");
  assert.equal(status, 403, text);
  assert.match(text, /too many pending evictions not confirmed by PDB controller/);
});
