import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestServer, type RawRequest, type TestServer } from "../../../testing/test-server.ts";

const API = "/apis/admissionregistration.k8s.io/v1";
const MAPS = "/api/v1/namespaces/default/configmaps";

async function send(api: TestServer, request: RawRequest) {
  const answer = await api.send({ headers: { "content-type": "application/json" }, ...request });
  return { ...answer, body: JSON.parse(answer.text) as { message?: string; reason?: string; details?: object } };
}

const post = (api: TestServer, url: string, body: object) => send(api, { method: "POST", url, body });

const map = (name: string, data?: Record<string, string>) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  ...(data ? { data } : {}),
});

const RULES = [{ operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] }];

/** A policy about ConfigMaps, and one binding of its name. */
async function enact(
  api: TestServer,
  name: string,
  { binding = {}, ...spec }: { readonly binding?: object; readonly [field: string]: unknown },
): Promise<void> {
  const policy = { metadata: { name }, spec: { matchConstraints: { resourceRules: RULES }, ...spec } };
  const bound = { metadata: { name }, spec: { policyName: name, validationActions: ["Deny"], ...binding } };
  for (const [plural, body] of [
    ["validatingadmissionpolicies", policy],
    ["validatingadmissionpolicybindings", bound],
  ] as const) {
    const { status, text } = await post(api, `${API}/${plural}`, body);
    assert.equal(status, 201, text);
  }
}

test("a policy is in force with its binding, and no longer than that", async () => {
  await using api = await startTestServer();
  await enact(api, "p", { validations: [{ expression: "object.metadata.name != 'bad'" }] });
  const refused = await post(api, MAPS, map("bad"));
  assert.deepEqual([refused.status, refused.body.reason], [422, "Invalid"]);
  const change = [{ op: "replace", path: "/spec/validations/0/expression", value: "object.metadata.name != 'worse'" }];
  const headers = { "content-type": "application/json-patch+json" };
  await send(api, { method: "PATCH", url: `${API}/validatingadmissionpolicies/p`, body: change, headers });
  assert.equal((await post(api, MAPS, map("bad"))).status, 201);
  assert.equal((await post(api, MAPS, map("worse"))).status, 422);
  await send(api, { method: "DELETE", url: `${API}/validatingadmissionpolicybindings/p` });
  assert.equal((await post(api, MAPS, map("worse"))).status, 201);
});

test("one expression that costs too much is cut off, and so are all together", async () => {
  await using api = await startTestServer();
  const loop = (n: number) => `lists.range(${n}).all(x, lists.range(${n}).all(y, x + y >= 0))`;
  await enact(api, "one", { validations: [{ expression: loop(1000) }] });
  const one = await post(api, MAPS, map("m"));
  assert.match(one.body.message!, /resulted in error: operation cancelled: actual cost limit exceeded$/);
  await send(api, { method: "DELETE", url: `${API}/validatingadmissionpolicybindings/one` });
  await enact(api, "all", {
    validations: Array.from({ length: 40 }, (_, i) => ({ expression: `${loop(300)} || ${i} > 0` })),
  });
  const all = await post(api, MAPS, map("m"));
  assert.match(
    all.body.message!,
    /denied request: validation failed due to running out of cost budget, no further validation rules will be run$/,
  );
});

test("messages pay from what the validations have left", async () => {
  await using api = await startTestServer();
  const expression = "lists.range(300).all(x, lists.range(300).all(y, x + y >= 0))";
  const costly = { expression, messageExpression: `string(${expression})` };
  await enact(api, "p", { validations: Array.from({ length: 9 }, () => costly) });
  const { body } = await post(api, MAPS, map("m"));
  assert.match(
    body.message!,
    /denied request: failed messageExpression: validation failed due to running out of cost budget/,
  );
});

test("variables are evaluated once, and paid for by who uses them", async () => {
  await using api = await startTestServer();
  const variables = [{ name: "v", expression: "lists.range(300).all(x, lists.range(300).all(y, x + y >= 0))" }];
  await enact(api, "p", { variables, validations: Array.from({ length: 60 }, () => ({ expression: "variables.v" })) });
  assert.equal((await post(api, MAPS, map("m"))).status, 201);
});

test("whoever is refused is told by messages that may not ask what he may do", async () => {
  await using api = await startTestServer();
  const variables = [{ name: "v", expression: "authorizer.path('/').check('get').allowed()" }];
  const validation = {
    expression: "!variables.v",
    messageExpression: "'allowed: ' + string(variables.v)",
    message: "plain",
  };
  await enact(api, "p", { variables, validations: [validation] });
  assert.match((await post(api, MAPS, map("m"))).body.message!, /denied request: plain$/);
});

test("a policy that may fail does not fail a request", async () => {
  await using api = await startTestServer();
  const validations = [{ expression: "object.data.missing == 'x'" }];
  const auditAnnotations = [{ key: "k", valueExpression: "string(object.data.missing)" }];
  await enact(api, "p", { failurePolicy: "Ignore", validations, auditAnnotations });
  assert.equal((await post(api, MAPS, map("m"))).status, 201);
  await enact(api, "q", { failurePolicy: "Fail", auditAnnotations });
  const { body } = await post(api, MAPS, map("n"));
  assert.match(
    body.message!,
    /'q' with binding 'q' denied request: expression 'string\(object.data.missing\)' resulted in error/,
  );
});

test("params are those of the moment", async () => {
  await using api = await startTestServer();
  const accounts = [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["serviceaccounts"] }];
  await post(api, MAPS, map("limits", { allowed: "a" }));
  await enact(api, "p", {
    paramKind: { apiVersion: "v1", kind: "ConfigMap" },
    matchConstraints: { resourceRules: accounts },
    validations: [{ expression: "object.metadata.name == params.data.allowed" }],
    binding: { paramRef: { name: "limits", namespace: "default", parameterNotFoundAction: "Allow" } },
  });
  const account = (name: string) => ({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name } });
  const url = "/api/v1/namespaces/default/serviceaccounts";
  assert.equal((await post(api, url, account("b"))).status, 422);
  await send(api, { method: "PUT", url: `${MAPS}/limits`, body: map("limits", { allowed: "b" }) });
  assert.equal((await post(api, url, account("b"))).status, 201);
  await send(api, { method: "DELETE", url: `${MAPS}/limits` });
  assert.equal((await post(api, url, account("c"))).status, 201);
});
