import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { answeredSteps, runCase, type HttpCase } from "../../../test/parity/http/case.ts";
import { firstDifference } from "../../../test/parity/http/compare.ts";
import { KnownDifferences } from "../../../test/parity/http/known-differences.ts";
import { normalizeAnswer, type Recorded } from "../../../test/parity/http/normalize.ts";
import { loadSuites, namespaceOf, recordedPath } from "../../../test/parity/http/suites.ts";
import { startParityWebhooks } from "../../../test/parity/http/webhooks.ts";
import type { Dialer } from "@dingi/apimachinery";
import { exchange, type ExchangeAnswer, type ExchangeRequest } from "./testing/exchange.ts";
import { startTestServer, type TestServer } from "./testing/test-server.ts";

interface RecordedCase {
  readonly name: string;
  readonly answers: readonly Recorded[];
}

type Place = Parameters<typeof runCase>[1];
type Ask = (request: ExchangeRequest) => Promise<ExchangeAnswer>;

/** One line for each answer that is not upstream's, with the first thing that differs. */
async function differences(testCase: HttpCase, upstream: RecordedCase, place: Place, ask: Ask): Promise<string[]> {
  const steps = answeredSteps(testCase);
  const answers = await runCase(testCase, place, ask);
  return answers.flatMap((answer, i) => {
    const found = firstDifference(normalizeAnswer(answer, steps[i]!.lines), upstream.answers[i]!);
    return found === undefined ? [] : [`${testCase.name} | ${steps[i]!.do}: ${found}`];
  });
}

const recordedOf = (suite: string) => JSON.parse(readFileSync(recordedPath(suite), "utf8")) as RecordedCase[];

const namesIn = (flag = ""): string[] => flag.split(",").filter(Boolean);

const known = new KnownDifferences();

const webhooks = await startParityWebhooks(0);
after(() => webhooks[Symbol.asyncDispose]());
/** To the webhooks of the tests, wherever else they are said to be. */
const dialer: Dialer = { dial: () => Promise.resolve(connect(webhooks.port, "127.0.0.1")) };
const names = { ca: webhooks.caBundle };

for (const suite of loadSuites()) {
  describe(`As upstream: ${suite.name}`, () => {
    let api: TestServer;
    const priorityAndFairness = suite.flags["enable-priority-and-fairness"] === "true";
    const maxInFlight = {
      reading: Number(suite.flags["max-requests-inflight"] ?? (priorityAndFairness ? 400 : 0)),
      mutating: Number(suite.flags["max-mutating-requests-inflight"] ?? (priorityAndFairness ? 200 : 0)),
    };
    const admission = { enable: ["NodeRestriction", ...namesIn(suite.flags["enable-admission-plugins"])] };
    before(async () => (api = await startTestServer({ maxInFlight, priorityAndFairness, admission, dialer })));
    after(() => api[Symbol.asyncDispose]());
    const recorded = recordedOf(suite.name);
    for (const [i, testCase] of suite.cases.entries()) {
      test(testCase.name, async () => {
        const upstream = recorded.find(({ name }) => name === testCase.name);
        assert.ok(upstream, "Record upstream's answers to this case first");
        const place = { namespace: namespaceOf(suite.name, i), names };
        const found = await differences(testCase, upstream, place, (one) => exchange(api, one));
        const unexpected = known.unexpected(found);
        assert.equal(unexpected.join("\n"), "");
      });
    }
  });
}

test("Every difference that is known is still there", () => {
  assert.deepEqual(known.unmet(), []);
});

describe("What is broken is named in one line", () => {
  const suite = loadSuites().find(({ name }) => name === "verbs-core")!;
  const index = suite.cases.findIndex(({ name }) => name === "v1/services: written");
  const testCase = suite.cases[index]!;
  const upstream = recordedOf("verbs-core").find(({ name }) => name === testCase.name)!;

  /** The differences when every answer is falsified. */
  async function broken(falsify: (request: ExchangeRequest, answer: ExchangeAnswer) => ExchangeAnswer) {
    await using api = await startTestServer();
    const ask = async (request: ExchangeRequest) => falsify(request, await exchange(api, request));
    const lines = await differences(testCase, upstream, { namespace: namespaceOf("verbs-core", index) }, ask);
    return lines.filter((line) => !known.isKnown(line));
  }

  test("a default that is not set", async () => {
    const [first] = await broken((_, answer) => ({
      ...answer,
      text: answer.text.replaceAll('"sessionAffinity":"None",', ""),
    }));
    assert.equal(
      first,
      `v1/services: written | POST /api/v1/namespaces/{ns}/services: body.spec.sessionAffinity: ours is absent, upstream's is "None"`,
    );
  });

  test("a verb that is refused", async () => {
    const lines = await broken(({ method }, answer) => (method === "DELETE" ? { ...answer, status: 405 } : answer));
    assert.equal(
      lines[0],
      "v1/services: written | DELETE /api/v1/namespaces/{ns}/services/{ns}-x?dryRun=All: status: ours is 405, upstream's is 200",
    );
  });
});
