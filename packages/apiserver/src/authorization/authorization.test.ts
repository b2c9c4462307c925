import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, test } from "node:test";
import { FakeClock, settle } from "@dingi/base";
import { openMemoryStore } from "@dingi/store";
import { startTestServer } from "../testing/test-server.ts";
import { startWebhookServer } from "../testing/webhook-server.ts";
import type { AuthorizerConfiguration, WebhookConfiguration } from "./configuration/authorization-configuration.ts";

interface Spec {
  readonly user?: string;
  readonly resourceAttributes?: Readonly<Record<string, unknown>>;
  readonly nonResourceAttributes?: Readonly<Record<string, unknown>>;
}

type Answer = (spec: Spec, response: ServerResponse) => object | undefined;

const NODE = { type: "Node", name: "node" };
const RBAC = { type: "RBAC", name: "rbac" };
const HEAD = { apiVersion: "apiserver.config.k8s.io/v1", kind: "AuthorizationConfiguration" };

const hook = (more: Partial<WebhookConfiguration> = {}): AuthorizerConfiguration => ({
  type: "Webhook",
  name: "hook",
  webhook: {
    timeout: "3s",
    authorizedTTL: "5m0s",
    cacheAuthorizedRequests: true,
    unauthorizedTTL: "30s",
    cacheUnauthorizedRequests: true,
    subjectAccessReviewVersion: "v1",
    failurePolicy: "NoOpinion",
    connectionInfo: { type: "KubeConfigFile", kubeConfigFile: "/etc/hook.conf" },
    ...more,
  },
});

/** A server whose requests a webhook may decide about; the file says what `state.text` is. */
async function startBench(answer: Answer, ...authorizers: AuthorizerConfiguration[]) {
  const state = { answer, text: "" };
  await using stack = new AsyncDisposableStack();
  const hooks = stack.use(
    await startWebhookServer(
      ({ body }, response) => {
        const status = state.answer((body as { spec: Spec }).spec, response);
        const review = { ...(body as object), status };
        if (status) response.setHeader("content-type", "application/json").end(JSON.stringify(review));
      },
      { dnsNames: ["access.test"] },
    ),
  );
  const cluster = { server: "https://access.test/authorize", "certificate-authority-data": hooks.caBundle };
  const files: Readonly<Record<string, string>> = {
    "/etc/hook.conf": JSON.stringify({
      clusters: [{ name: "c", cluster }],
      contexts: [{ name: "x", context: { cluster: "c" } }],
      "current-context": "x",
    }),
  };
  const clock = new FakeClock();
  const store = stack.use(openMemoryStore({ clock }));
  state.text = JSON.stringify({ ...HEAD, authorizers });
  const file = { path: "/etc/access.yml", text: state.text, read: () => Promise.resolve(state.text) };
  const read = (path: string) => files[path]!;
  const authorization = { configuration: { authorizers }, file, read, checkFile: () => undefined };
  const api = stack.use(await startTestServer({ dialer: hooks.dialer, shared: { clock, store }, authorization }));
  const owned = stack.move();
  return { state, hooks, clock, api, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const EVE = { name: "eve", groups: ["crew"] };
const PODS = "/api/v1/namespaces/default/pods";
const allow: Answer = () => ({ allowed: true });

describe("a webhook", () => {
  for (const version of ["v1", "v1beta1"] as const)
    test(`is asked about what others have no opinion of, in ${version}, and its answers are kept`, async () => {
      const how = hook({ subjectAccessReviewVersion: version });
      await using bench = await startBench(({ user }) => ({ allowed: user === "eve", reason: "as said" }), RBAC, how);
      const { api, hooks, clock } = bench;
      const ask = async (user: string) => {
        const { status } = await api.send({
          url: `${PODS}?labelSelector=a,b!=c&fieldSelector=spec.nodeName=n`,
          user: { ...EVE, name: user },
        });
        return status;
      };
      assert.deepEqual([await ask("eve"), await ask("eve"), await ask("bob"), await ask("bob")], [200, 200, 403, 403]);
      assert.equal(hooks.requests.length, 2);
      const [{ url, body }] = hooks.requests as unknown as [(typeof hooks.requests)[number]];
      assert.equal(url, "/authorize?timeout=3s");
      assert.deepEqual(body, {
        kind: "SubjectAccessReview",
        apiVersion: `authorization.k8s.io/${version}`,
        metadata: {},
        spec: {
          resourceAttributes: {
            namespace: "default",
            verb: "list",
            version: "v1",
            resource: "pods",
            fieldSelector: { requirements: [{ key: "spec.nodeName", operator: "In", values: ["n"] }] },
            labelSelector: {
              requirements: [
                { key: "a", operator: "Exists" },
                { key: "b", operator: "NotIn", values: ["c"] },
              ],
            },
          },
          user: "eve",
          [version === "v1" ? "groups" : "group"]: ["crew", "system:authenticated"],
          extra: { "authentication.kubernetes.io/credential-id": ["X509SHA256=00"] },
        },
        status: { allowed: false },
      });
      await clock.advance(30_001);
      assert.deepEqual([await ask("eve"), await ask("bob")], [200, 403]);
      assert.equal(hooks.requests.length, 3, "who may is known for five minutes, who may not for half of one");
      await clock.advance(300_000);
      assert.equal(await ask("eve"), 200);
      assert.equal(hooks.requests.length, 4);
    });

  test("is not asked again about what is not to be kept", async () => {
    const how = hook({ cacheAuthorizedRequests: false, cacheUnauthorizedRequests: false });
    await using bench = await startBench(allow, how);
    for (let i = 0; i < 3; i++) await bench.api.send({ url: PODS, user: EVE });
    assert.equal(bench.hooks.requests.length, 3);
  });

  test("may forbid what others would allow", async () => {
    await using bench = await startBench(() => ({ allowed: false, denied: true, reason: "no" }), hook(), {
      type: "AlwaysAllow",
      name: "alwaysallow",
    });
    const { status, text } = await bench.api.send({ url: PODS, user: EVE });
    assert.equal(status, 403);
    assert.match(text, /cannot list resource \\"pods\\" in API group \\"\\" in the namespace \\"default\\": no"/);
    assert.equal((await bench.api.send({ url: PODS })).status, 200, "administrators ask nobody");
  });

  test("is asked about paths, and only where its conditions hold", async () => {
    const matchConditions = [
      { expression: "request.user != 'bob'" },
      { expression: "has(request.nonResourceAttributes) && request.nonResourceAttributes.path.startsWith('/m')" },
    ];
    await using bench = await startBench(
      allow,
      hook({ matchConditions, matchConditionSubjectAccessReviewVersion: "v1" }),
    );
    const ask = async (url: string, name = "eve") => (await bench.api.send({ url, user: { ...EVE, name } })).status;
    assert.deepEqual(
      [await ask("/metrics"), await ask("/metrics", "bob"), await ask("/livez"), await ask(PODS)],
      [200, 403, 403, 403],
    );
    const specs = bench.hooks.requests.map(({ body }) => (body as { spec: Spec }).spec.nonResourceAttributes);
    assert.deepEqual(specs, [{ path: "/metrics", verb: "get" }]);
  });

  for (const [failurePolicy, left] of [
    ["NoOpinion", 200],
    ["Deny", 500],
  ] as const)
    test(`whose condition cannot be told is not asked, by policy ${failurePolicy}`, async () => {
      const matchConditions = [{ expression: "request.resourceAttributes.namespace == 'default'" }];
      const how = hook({ failurePolicy, matchConditions, matchConditionSubjectAccessReviewVersion: "v1" });
      await using bench = await startBench(allow, how, { type: "AlwaysAllow", name: "alwaysallow" });
      assert.equal((await bench.api.send({ url: "/metrics", user: EVE })).status, left);
      assert.equal((await bench.api.send({ url: PODS, user: EVE })).status, 200);
      assert.equal(bench.hooks.requests.length, 1);
    });

  for (const [title, answer] of [
    ["refuses", (_, response) => void response.writeHead(400).end()],
    ["says nothing", (_, response) => void response.end()],
    ["says no review", (_, response) => void response.end('{"kind":"Status"}')],
    ["says no JSON", (_, response) => void response.end("<html>")],
    ["says a text in place of a truth", () => ({ allowed: "yes" })],
    ["says too much", (_, response) => void response.end(Buffer.alloc(2_000_000, " "))],
    ["leads elsewhere", (_, response) => void response.writeHead(307, { location: "https://x.test" }).end()],
    ["says yes and no", () => ({ allowed: true, denied: true })],
  ] as readonly (readonly [string, Answer])[])
    test(`that ${title} allows nothing, and it is told that nobody knows`, async () => {
      await using bench = await startBench(answer, RBAC, hook());
      const { status, text } = await bench.api.send({ url: `${PODS}?limit=1`, user: EVE });
      assert.equal(status, 500);
      assert.match(text, /^Internal Server Error: "\/api\/v1\/namespaces\/default\/pods\?limit=1": ./);
    });

  test("that does not answer in its time is asked no more, and counted", async () => {
    await using bench = await startBench(() => undefined, hook(), { type: "AlwaysAllow", name: "alwaysallow" });
    const { api, hooks, clock } = bench;
    const asked = api.send({ url: PODS, user: EVE });
    while (hooks.requests.length < 1) await settle();
    await clock.advance(3000);
    assert.equal((await asked).status, 200, "others may decide");
    const { text } = await api.send({ url: "/metrics" });
    assert.match(text, /apiserver_authorization_webhook_evaluations_total\{name="hook",result="timeout"\} 1/);
    assert.match(text, /apiserver_authorization_webhook_evaluations_fail_open_total\{name="hook",result="timeout"\} 1/);
  });
});

describe("a configuration", () => {
  test("is followed as it changes, and stays when it is wrong", async () => {
    await using bench = await startBench(allow, RBAC);
    const { state, clock, api } = bench;
    const ask = async () => (await api.send({ url: PODS, user: EVE })).status;
    assert.equal(await ask(), 403);
    const change = async (authorizers: unknown) => {
      state.text = JSON.stringify({ ...HEAD, authorizers });
      await clock.advance(10_000);
      return await ask();
    };
    assert.equal(await change([RBAC, hook()]), 200);
    for (const wrong of [[], [hook()], [{ ...RBAC, foo: 1 }], [NODE, RBAC], [{ ...RBAC, name: "x" }], 7])
      assert.equal(await change(wrong), 200, JSON.stringify(wrong));
    const { text } = await api.send({ url: "/metrics" });
    assert.match(text, /authorization_config_controller_automatic_reloads_total\{status="failure"\} 6/);
    assert.equal(await change([RBAC]), 403);
  });

  test("that is wrong from the start ends the server", async () => {
    const start = (...authorizers: AuthorizerConfiguration[]) => startBench(allow, ...authorizers);
    await assert.rejects(start(), /authorizers: Required value: at least one authorization mode must be defined/);
    const inCluster = hook({ connectionInfo: { type: "InClusterConfig" } });
    await assert.rejects(start(inCluster), /"hook" is of type InClusterConfig, and this server is in no cluster/);
  });
});

describe("reviews", () => {
  const reviewer =
    (api: Awaited<ReturnType<typeof startBench>>["api"]) => async (kind: string, spec: object, user?: typeof EVE) => {
      const url = `/apis/authorization.k8s.io/v1/${kind}`;
      const { text } = await api.send({ method: "POST", url, body: { spec }, ...(user ? { user } : {}) });
      return (JSON.parse(text) as { status: Readonly<Record<string, unknown>> }).status;
    };

  test("of rules list what all authorizers list, and say whether that is all", async () => {
    await using rbac = await startBench(allow, NODE, RBAC);
    const own = await reviewer(rbac.api)("selfsubjectrulesreviews", { namespace: "default" }, EVE);
    assert.deepEqual([own["incomplete"], own["evaluationError"]], [false, undefined]);
    assert.ok((own["nonResourceRules"] as unknown[]).length > 0);
    const node = { name: "system:node:a", groups: ["system:nodes"] };
    const nodes = await reviewer(rbac.api)("selfsubjectrulesreviews", { namespace: "default" }, node);
    assert.deepEqual(
      [nodes["incomplete"], nodes["evaluationError"]],
      [true, "node authorizer does not support user rule resolution"],
    );
    await using hooked = await startBench(allow, { type: "AlwaysAllow", name: "alwaysallow" }, hook());
    const any = await reviewer(hooked.api)("selfsubjectrulesreviews", { namespace: "default" }, EVE);
    assert.deepEqual(any, {
      resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
      nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
      incomplete: true,
      evaluationError: "webhook authorizer does not support user rule resolution",
    });
  });

  test("say which role is missing, as refusals do", async () => {
    await using bench = await startBench(allow, RBAC);
    const { api } = bench;
    const body = {
      metadata: { name: "b" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "none" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "eve" }],
    };
    await api.send({ method: "POST", url: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", body });
    const { text } = await api.send({ url: PODS, user: EVE });
    assert.match(text, /: rbac: RBAC: clusterrole.rbac.authorization.k8s.io \\"none\\" not found/);
    const { evaluationError } = await reviewer(api)("selfsubjectrulesreviews", { namespace: "default" }, EVE);
    assert.equal(evaluationError, 'clusterrole.rbac.authorization.k8s.io "none" not found');
  });

  test("of access are asked with their selectors, as far as these can be read", async () => {
    await using bench = await startBench(allow, hook({ cacheAuthorizedRequests: false }));
    const asked = async (selectors: object) => {
      const spec = { user: "x", resourceAttributes: { verb: "list", resource: "pods", ...selectors } };
      const { evaluationError } = await reviewer(bench.api)("subjectaccessreviews", spec);
      const { resourceAttributes } = (bench.hooks.requests.at(-1)!.body as { spec: Spec }).spec;
      const { fieldSelector, labelSelector, version } = resourceAttributes!;
      assert.equal(version, "*");
      return [fieldSelector ?? labelSelector, evaluationError];
    };
    const one = { key: "a", operator: "In", values: ["b"] };
    const flawed = (name: string, how = "ignored") => `spec.resourceAttributes.${name} ${how} due to parse error`;
    assert.deepEqual(await asked({ fieldSelector: { requirements: [one] } }), [{ requirements: [one] }, undefined]);
    assert.deepEqual(await asked({ fieldSelector: { rawSelector: "a=b" } }), [{ requirements: [one] }, undefined]);
    assert.deepEqual(await asked({ fieldSelector: { rawSelector: "a" } }), [undefined, flawed("fieldSelector")]);
    assert.deepEqual(await asked({ labelSelector: { rawSelector: "a in (b)" } }), [{ requirements: [one] }, undefined]);
    assert.deepEqual(await asked({ labelSelector: { rawSelector: "a in b" } }), [undefined, flawed("labelSelector")]);
    const two = { fieldSelector: { requirements: [one, { key: "c", operator: "Exists" }] } };
    assert.deepEqual(await asked(two), [{ requirements: [one] }, flawed("fieldSelector", "partially ignored")]);
  });

  test("of nodes look at the selector", async () => {
    await using bench = await startBench(allow, NODE);
    const user = { user: "system:node:a", groups: ["system:nodes"] };
    const may = async (requirement: object) => {
      const resourceAttributes = { verb: "list", resource: "pods", fieldSelector: { requirements: [requirement] } };
      return (await reviewer(bench.api)("subjectaccessreviews", { ...user, resourceAttributes }))["allowed"];
    };
    assert.equal(await may({ key: "spec.nodeName", operator: "In", values: ["a"] }), true);
    assert.equal(await may({ key: "spec.nodeName", operator: "NotIn", values: ["a"] }), false);
    assert.equal(await may({ key: "spec.nodeName", operator: "In", values: ["b"] }), false);
  });
});
