import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinKinds, ConfigMap } from "@dingi/api";
import { ServedKinds, type AnyKind, type Draft, type KubeObject } from "@dingi/apimachinery";
import { seededRandom, silentLogger } from "@dingi/base";
import { PrivilegedGroups } from "../authorization/union.ts";
import { StoreFeed } from "../cacher/store-feed.ts";
import { ServiceEndpoints } from "../proxy/service-endpoints.ts";
import { AuditAnnotations } from "../request/audit-annotations.ts";
import { startWebhookBench, type ReviewAnswerer, type WebhookBench } from "../testing/webhook-bench.ts";
import { serviceResolver } from "../webhook/service-resolver.ts";
import { WebhookClient } from "../webhook/webhook-client.ts";
import { AdmissionChain } from "./chain.ts";
import { pass, RequestGate } from "./gate.ts";
import { admissionPlugins } from "./order.ts";

const API = "/apis/admissionregistration.k8s.io/v1";
const RULES = [{ operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] }];

/** What is noted when a ConfigMap is created, by all plugins over what the bench has configured. */
async function noted({ api, hooks }: WebhookBench): Promise<Record<string, string>> {
  const { store, clock } = api;
  const kinds = builtinKinds.filter(({ computed }) => !computed);
  await using feed = await StoreFeed.start({ store, clock, logger: silentLogger, kinds, onFailure: assert.ifError });
  const random = seededRandom(1);
  const resolve = serviceResolver(feed, new ServiceEndpoints(feed, random));
  using webhooks = new WebhookClient({ clock, dialer: hooks.dialer, resolve });
  const plugins = admissionPlugins({
    client: () => api.admin,
    feed,
    clock,
    random,
    webhooks,
    kinds: new ServedKinds(builtinKinds),
    authorizer: new PrivilegedGroups([]),
    tolerations: { notReadySeconds: 300, unreachableSeconds: 300 },
  });
  const annotations = new AuditAnnotations();
  const info = { apiVersion: "v1", namespace: "default", name: "m", subresource: "" };
  const gate = new RequestGate(new AdmissionChain(plugins), {
    kind: ConfigMap as unknown as AnyKind,
    info: info as never,
    user: { name: "me", groups: [] },
    dryRun: false,
    warn: () => {},
    annotations,
    query: new URLSearchParams(),
    signal: new AbortController().signal,
    deadlineMs: undefined,
  });
  const object = { metadata: { name: "m", namespace: "default" }, data: { a: "b" } } as unknown as Draft<KubeObject>;
  await pass(gate, { operation: "CREATE", object, name: "m" });
  return Object.fromEntries(annotations);
}

const patch = [{ op: "add", path: "/data/x", value: "y" }];
const patches: ReviewAnswerer = () => ({
  allowed: true,
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify(patch)).toString("base64"),
  auditAnnotations: { note: "well" },
});

test("whoever audits is told which webhooks changed what, which were not asked in vain, and what they say themselves", async () => {
  await using bench = await startWebhookBench({
    a: patches,
    b: () => ({ allowed: true }),
    c: (_request, response) => void response.writeHead(500).end(),
    v: (_request, response) => void response.writeHead(500).end(),
  });
  for (const name of ["a", "b"]) await bench.configure("Mutating", name, {});
  await bench.configure("Mutating", "c", { failurePolicy: "Ignore" });
  await bench.configure("Validating", "v", { failurePolicy: "Ignore" });
  const about = (name: string) => ({ configuration: name, webhook: `${name}.hook.test` });
  assert.deepEqual(await noted(bench), {
    "a.hook.test/note": "well",
    "patch.webhook.admission.k8s.io/round_0_index_0": JSON.stringify({ ...about("a"), patch, patchType: "JSONPatch" }),
    "mutation.webhook.admission.k8s.io/round_0_index_0": JSON.stringify({ ...about("a"), mutated: true }),
    "mutation.webhook.admission.k8s.io/round_0_index_1": JSON.stringify({ ...about("b"), mutated: false }),
    "mutation.webhook.admission.k8s.io/round_0_index_2": JSON.stringify({ ...about("c"), mutated: false }),
    "failed-open.mutation.webhook.admission.k8s.io/round_0_index_2": "c.hook.test",
    "failed-open.validating.webhook.admission.k8s.io/round_0_index_0": "v.hook.test",
  });
});

test("a policy's own annotations are told, each value once, and what does not hold where that is to be audited", async () => {
  await using bench = await startWebhookBench({});
  const spec = {
    matchConstraints: { resourceRules: RULES },
    validations: [{ expression: "true" }, { expression: "false", message: "no" }],
    auditAnnotations: [
      { key: "name", valueExpression: "string(object.metadata.name)" },
      { key: "none", valueExpression: "null" },
      { key: "long", valueExpression: "lists.range(6000).map(x, 'éé').join()" },
    ],
  };
  await bench.post(`${API}/validatingadmissionpolicies`, { metadata: { name: "p" }, spec });
  for (const name of ["one", "two"]) {
    const bound = { metadata: { name }, spec: { policyName: "p", validationActions: ["Audit"] } };
    await bench.post(`${API}/validatingadmissionpolicybindings`, bound);
  }
  const { "p/long": long, ...rest } = await noted(bench);
  const failure = (binding: string) => ({
    message: "no",
    policy: "p",
    binding,
    expressionIndex: 1,
    validationActions: ["Audit"],
  });
  assert.equal(Buffer.byteLength(long!), 10 * 1024);
  assert.deepEqual(rest, {
    "p/name": "m",
    "validation.policy.admission.k8s.io/validation_failure": JSON.stringify([failure("one"), failure("two")]),
  });
});

test("what is noted first stands", () => {
  const annotations = new AuditAnnotations();
  annotations.add("a", "1");
  annotations.add("a", "2");
  assert.deepEqual([...annotations], [["a", "1"]]);
});
