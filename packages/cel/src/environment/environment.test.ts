import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Value } from "../value/value.ts";
import { CelError } from "../value/error.ts";
import { DYN, formatType, INT, STRING } from "../check/type.ts";
import { BINDINGS } from "../library/bindings/bindings.ts";
import { JSON_PATCH } from "../library/jsonpatch/jsonpatch.ts";
import { AUTHORIZER_TYPE, AuthorizerValue, ResourceCheck, RESOURCE_CHECK_TYPE } from "../library/authorizer/checks.ts";
import type { AuthorizationQuestion } from "../library/authorizer/checks.ts";
import { PlanError } from "../evaluate/plan-error.ts";
import { jsonValue } from "../schema/json-value.ts";
import { CompileError } from "./compiled.ts";
import { newExpressions, storedExpressions } from "./kubernetes.ts";

const NOTHING = { resolve: (): undefined => undefined };

function evaluate(expression: string, environment = storedExpressions): Value {
  return environment.compile(expression).program().evaluate(NOTHING).value;
}

suite("environments", () => {
  test("a new expression may not use what is newer than the version before", () => {
    assert.throws(() => newExpressions.compile("[1].includes(1)"), CompileError);
    assert.equal(evaluate("[1].includes(1)"), true);
  });

  test("variables add up when an environment is extended, and the first stays as it was", () => {
    const one = storedExpressions.extend({ variables: { a: INT } });
    const two = one.extend({ variables: { b: STRING } });
    assert.equal(formatType(two.compile("string(a) + b").outputType), "string");
    assert.throws(() => one.compile("b"), /undeclared reference to 'b'/);
  });

  test("a name with dots is one variable", () => {
    const environment = storedExpressions.extend({ variables: { "a.b": INT } });
    const program = environment.compile("a.b + 1").program();
    assert.equal(program.evaluate({ resolve: (name) => (name === "a.b" ? 2 : undefined) }).value, 3);
  });

  test("a loop's variable hides what has its name", () => {
    const environment = storedExpressions.extend({ variables: { x: INT } });
    const program = environment.compile("[1, 2].map(x, x + 1).size() + x").program();
    assert.equal(program.evaluate({ resolve: () => 10 }).value, 12);
  });

  test("a loop's variable is not what its macro gathers in", () => {
    for (const loop of ["[1].map(__result__, 1)", "[1].all(__result__, true)", "[1].exists(i, __result__, true)"]) {
      assert.throws(() => storedExpressions.compile(loop), /iteration variable overwrites accumulator variable/);
    }
  });

  test("bindings are where they are asked for", () => {
    assert.throws(() => storedExpressions.compile("cel.bind(x, 1, x)"), /undeclared reference to 'cel'|bind/);
    const environment = storedExpressions.extend({ libraries: [BINDINGS] });
    assert.equal(evaluate("cel.bind(x, 'a', x + x)", environment), "aa");
    assert.equal(evaluate("cel.bind(x, 1 / 0, 5)", environment), 5);
  });

  test("what is bound to an empty list is not changed by adding to it", () => {
    const environment = storedExpressions.extend({ libraries: [BINDINGS] });
    assert.equal(evaluate("cel.bind(x, [], (x + [1]).size() + x.size())", environment), 1);
  });

  test("a JSON pointer's special characters are escaped, the tilde but once", () => {
    const environment = storedExpressions.extend({ libraries: [JSON_PATCH] });
    assert.equal(evaluate("jsonpatch.escapeKey('a/b~c')", environment), "a~1b~0c");
  });

  test("an absent variable is an error, and null is a value", () => {
    const program = storedExpressions
      .extend({ variables: { v: DYN } })
      .compile("v == null")
      .program();
    assert.equal(program.evaluate({ resolve: () => null }).value, true);
    const { value } = program.evaluate(NOTHING);
    assert.ok(value instanceof CelError && value.message === "no such attribute(s): v");
  });

  test("a conversion of a constant that must fail cannot be planned", () => {
    assert.throws(() => storedExpressions.compile("int('x')").program(), PlanError);
  });

  test("names of JSON that JavaScript's objects inherit are not there", () => {
    const environment = storedExpressions.extend({ variables: { o: DYN } });
    const ask = (expression: string): Value =>
      environment
        .compile(expression)
        .program()
        .evaluate({ resolve: () => jsonValue({}) }).value;
    assert.equal(ask("has(o.constructor) || has(o.__proto__) || 'toString' in o"), false);
    assert.throws(() => storedExpressions.compile("constructor"), /undeclared reference/);
    assert.throws(() => storedExpressions.compile("toString(1)"), /undeclared reference/);
    assert.throws(() => storedExpressions.compile("'a'.valueOf()"), /undeclared reference/);
  });
});

suite("limits", () => {
  test("an evaluation that costs too much is cut off", () => {
    const program = storedExpressions
      .compile("lists.range(1000).all(x, lists.range(1000).all(y, x + y >= 0))")
      .program();
    const { value, cancelled, cost } = program.evaluate(NOTHING);
    assert.ok(cancelled && cost > 1_000_000 && cost < 1_010_000);
    assert.ok(value instanceof CelError && value.message === "operation cancelled: actual cost limit exceeded");
  });

  test("nothing in the expression absorbs the limit", () => {
    const program = storedExpressions.compile("true || lists.range(10).all(x, x >= 0)").program({ costLimit: 0 });
    assert.equal(program.evaluate(NOTHING).value, true);
    const other = storedExpressions.compile("lists.range(10).all(x, x >= 0) || true").program({ costLimit: 5 });
    assert.equal(other.evaluate(NOTHING).cancelled, true);
  });

  test("what nobody may pay for does not run at all", () => {
    const program = storedExpressions.compile("lists.range(900000).distinct().size()").program();
    assert.equal(program.evaluate(NOTHING).cancelled, true);
    const sets = storedExpressions.compile("sets.equivalent(lists.range(400000), lists.range(400000))").program();
    assert.equal(sets.evaluate(NOTHING).cancelled, true);
  });

  test("a loop asks now and then whether it may go on", () => {
    let asked = 0;
    const program = storedExpressions.compile("lists.range(1000).all(x, x >= 0)").program();
    const { cancelled } = program.evaluate(NOTHING, { interrupted: () => (asked += 1) === 2 });
    assert.deepEqual({ cancelled, asked }, { cancelled: true, asked: 2 });
  });

  test("texts do not grow beyond measure", () => {
    const environment = storedExpressions.extend({ variables: { s: STRING } });
    for (const expression of ["s.replace('', s)", "lists.range(1000).map(x, s).join()"]) {
      const { value } = environment
        .compile(expression)
        .program()
        .evaluate({ resolve: () => "x".repeat(100_000) });
      assert.ok(value instanceof CelError && value.message === "operation cancelled: text is too long", expression);
    }
  });

  test("an expression is neither too long nor too deep", () => {
    assert.throws(
      () => storedExpressions.compile(" ".repeat(100_001)),
      /expression code point size exceeds limit: size: 100001, limit 100000/,
    );
    for (const deep of [
      "(".repeat(300) + "1" + ")".repeat(300),
      "a" + ".b".repeat(300),
      "1" + "+1".repeat(300),
      "[".repeat(300),
    ]) {
      assert.throws(() => storedExpressions.compile(deep), /expression recursion limit exceeded: 250/);
    }
    assert.equal(evaluate(Array.from({ length: 2000 }, () => "true").join(" && ")), true);
  });
});

suite("the authorizer", () => {
  function ask(expression: string): { value: Value; asked: AuthorizationQuestion[]; cost: number } {
    const asked: AuthorizationQuestion[] = [];
    const asker = {
      decide: (question: AuthorizationQuestion) => {
        asked.push(question);
        return question.verb === "fail"
          ? { allowed: false, reason: "", error: "broken" }
          : { allowed: question.verb === "get", reason: "because" };
      },
    };
    const environment = storedExpressions.extend({
      variables: { authorizer: AUTHORIZER_TYPE, "authorizer.requestResource": RESOURCE_CHECK_TYPE },
    });
    const variables: Record<string, Value> = {
      authorizer: new AuthorizerValue(asker),
      "authorizer.requestResource": new ResourceCheck(asker, { group: "apps", resource: "deployments", name: "web" }),
    };
    const { value, cost } = environment
      .compile(expression)
      .program()
      .evaluate({ resolve: (name) => variables[name] });
    return { value, asked, cost };
  }

  test("asks about a resource", () => {
    const { value, asked, cost } = ask(
      "authorizer.group('').resource('pods').namespace('ns').name('n').subresource('log').check('get').allowed()",
    );
    assert.equal(value, true);
    assert.deepEqual(asked, [
      {
        verb: "get",
        serviceAccount: undefined,
        resource: { group: "", resource: "pods", namespace: "ns", name: "n", subresource: "log" },
      },
    ]);
    assert.equal(cost, 350_007);
  });

  test("asks about a path, as a service account, and with selectors", () => {
    assert.deepEqual(ask("authorizer.serviceAccount('ns', 'sa').path('/healthz').check('post').reason()"), {
      value: "because",
      cost: 350_004,
      asked: [{ verb: "post", serviceAccount: { namespace: "ns", name: "sa" }, path: "/healthz" }],
    });
    const { asked } = ask(
      "authorizer.group('').resource('pods').labelSelector('a=b').fieldSelector('c=d').check('list').allowed()",
    );
    assert.deepEqual(asked[0]?.resource, { group: "", resource: "pods", labelSelector: "a=b", fieldSelector: "c=d" });
  });

  test("knows the resource of the request, and tells errors", () => {
    assert.equal(ask("authorizer.requestResource.check('get').allowed()").value, true);
    assert.equal(ask("authorizer.requestResource.check('fail').errored()").value, true);
    assert.equal(ask("authorizer.requestResource.check('fail').error()").value, "broken");
  });

  test("refuses what is no question", () => {
    for (const [expression, message] of [
      ["authorizer.path(' ').check('get').allowed()", "path must not be empty"],
      ["authorizer.group('').resource('').check('get').allowed()", "resource must not be empty"],
      ["authorizer.serviceAccount('ns', 'A!').path('/').check('get').allowed()", "Invalid service account name"],
      ["authorizer.serviceAccount('N.S', 'a').path('/').check('get').allowed()", "Invalid service account namespace"],
    ] as const) {
      const { value, asked } = ask(expression);
      assert.ok(value instanceof CelError && value.message === message, expression);
      assert.deepEqual(asked, []);
    }
  });

  test("two checks in one expression are within the limit, three are not", () => {
    const check = "authorizer.path('/').check('get').allowed()";
    assert.equal(ask(`${check} && ${check}`).value, true);
    assert.ok(ask(`${check} && ${check} && ${check}`).value instanceof CelError);
  });
});
