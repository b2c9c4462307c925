import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, V1ConfigMap, type V1Variable } from "@dingi/api";
import { types } from "@dingi/cel";
import { FakeClock } from "@dingi/base";
import type { AuthorizationAttributes, Authorizer, Decision } from "../../authorization/authorizer.ts";
import type { AdmissionAttributes } from "../attributes.ts";
import { CompiledVariables } from "../policy/compiled-variables.ts";
import { ExpressionInput } from "./expression-input.ts";
import { ExpressionRun } from "./expression-run.ts";

const BUDGET = 10_000_000;
const OBJECT = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m", namespace: "n" } };

function attributes(): AdmissionAttributes {
  return {
    operation: "CREATE",
    kind: ConfigMap,
    apiVersion: "v1",
    subresource: "",
    objectKind: { apiVersion: "v1", kind: "ConfigMap", schema: V1ConfigMap },
    namespace: "n",
    name: "m",
    user: { name: "me", groups: ["team"] },
    dryRun: false,
  } as unknown as AdmissionAttributes;
}

function inputWith(authorizer: Authorizer, clock = new FakeClock()): ExpressionInput {
  const versioned = { apiVersion: "v1", kind: "ConfigMap", object: OBJECT, oldObject: undefined };
  return new ExpressionInput({ attributes: attributes(), versioned, apiVersion: "v1", authorizer, clock });
}

const ALLOW: Decision = { decision: "allow", reason: "because" };

/** Evaluates all, one after the other. */
async function evaluate(input: ExpressionInput, expressions: readonly string[], variables: readonly V1Variable[] = []) {
  const compiled = new CompiledVariables(variables, false);
  const run = new ExpressionRun(input, BUDGET, compiled.in(input));
  const outcomes = [];
  for (const expression of expressions)
    outcomes.push(await run.evaluate(compiled.compile(expression, { authorizer: true }, [types.BOOL])));
  return { outcomes, run };
}

test("an authorizer that takes a while is asked once for each question, and its answers count", async () => {
  const asked: AuthorizationAttributes[] = [];
  const slow: Authorizer = {
    async authorize(question) {
      asked.push(question);
      await Promise.resolve();
      return question.verb === "get" ? ALLOW : { decision: "no opinion", reason: "no" };
    },
  };
  const pods = "authorizer.group('').resource('pods').namespace('n')";
  const variables = [{ name: "may", expression: `${pods}.check('get').allowed()` }];
  const expressions = [
    `variables.may && ${pods}.check('get').reason() == 'because'`,
    `!${pods}.check('list').allowed() && variables.may`,
    "authorizer.requestResource.check('get').allowed()",
    "authorizer.serviceAccount('a', 'b').path('/x').check('get').allowed()",
  ];
  const { outcomes } = await evaluate(inputWith(slow), expressions, variables);
  assert.deepEqual(
    outcomes,
    expressions.map(() => ({ value: true })),
  );
  const told = asked.map(({ verb, user, resource, namespace, name, path }) => [
    verb,
    user.name,
    resource,
    namespace,
    name,
    path,
  ]);
  assert.deepEqual(told, [
    ["get", "me", "pods", "n", "", ""],
    ["list", "me", "pods", "n", "", ""],
    ["get", "me", "configmaps", "n", "m", ""],
    ["get", "system:serviceaccount:a:b", "", "", "", "/x"],
  ]);
});

test("an authorizer that fails is an answer, too", async () => {
  const broken: Authorizer = { authorize: () => Promise.reject(new Error("broken")) };
  const check = "authorizer.path('/').check('get')";
  const { outcomes } = await evaluate(inputWith(broken), [
    `${check}.errored() && ${check}.error() == 'broken'`,
    `${check}.allowed()`,
  ]);
  assert.deepEqual(outcomes, [{ value: true }, { value: false }]);
});

test("others have their turn between expressions", async () => {
  let turns = 0;
  const clock = new FakeClock();
  clock.yieldIfDue = () => void turns++;
  await evaluate(inputWith({ authorize: () => ALLOW }, clock), ["true", "false", "true"]);
  assert.equal(turns, 3);
});

test("a variable is paid for once, by who uses it first", async () => {
  const variables = [{ name: "v", expression: "lists.range(1000).all(x, x >= 0)" }];
  const { run } = await evaluate(inputWith({ authorize: () => ALLOW }), ["variables.v"], variables);
  const more = await evaluate(inputWith({ authorize: () => ALLOW }), ["variables.v", "variables.v", "true"], variables);
  assert.ok(BUDGET - run.budget > 1000);
  assert.ok(run.budget - more.run.budget < 10);
});

test("a variable that does not work says which it is", async () => {
  const variables = [
    { name: "broken", expression: "1 +" },
    { name: "fails", expression: "object.data" },
  ];
  const { outcomes } = await evaluate(
    inputWith({ authorize: () => ALLOW }),
    ["variables.broken", "variables.fails == 1"],
    variables,
  );
  const [broken, fails] = outcomes.map(({ problem }) => problem);
  assert.match(broken!, /must evaluate to bool but got dyn/);
  assert.match(fails!, /composited variable "fails" fails to evaluate: no such key: data$/);
});
