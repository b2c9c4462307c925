import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CALL_FAILED,
  CONFIG_MAPS,
  configMap,
  startWebhookBench,
  type ReviewAnswerer,
} from "../../testing/webhook-bench.ts";

/** Says that it was asked, and never answers. */
const never = (asked: PromiseWithResolvers<undefined>): undefined => {
  asked.resolve(undefined);
  return undefined;
};

test("validating webhooks are asked at the same time, and the time of the slowest is that of all", async () => {
  const both = Promise.withResolvers<void>();
  let waiting = 0;
  const meet: ReviewAnswerer = ({ uid }, response) => {
    if (++waiting === 2) both.resolve();
    void both.promise.then(() =>
      response.end(
        JSON.stringify({
          kind: "AdmissionReview",
          apiVersion: "admission.k8s.io/v1",
          response: { uid, allowed: true },
        }),
      ),
    );
    return undefined;
  };
  await using bench = await startWebhookBench({ v: meet, w: meet });
  await bench.configure("Validating", "v", {});
  await bench.configure("Validating", "w", {});
  assert.equal((await bench.post(CONFIG_MAPS, configMap("m"))).status, 201);
});

test("while a webhook thinks, others write; and when its time is up, its policy decides", async () => {
  const asked = Promise.withResolvers<undefined>();
  await using bench = await startWebhookBench({ slow: () => never(asked) });
  await bench.configure("Validating", "slow", { timeoutSeconds: 3, objectSelector: { matchLabels: { slow: "yes" } } });
  const waiting = bench.post(CONFIG_MAPS, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "s", labels: { slow: "yes" } },
  });
  await asked.promise;
  assert.equal((await bench.post(CONFIG_MAPS, configMap("quick"))).status, 201);
  await bench.api.clock.advance(3000);
  const { status, body } = await waiting;
  assert.equal(status, 500);
  const why = 'failed to call webhook: Post "https://hook.test/slow?timeout=3s": context deadline exceeded';
  assert.equal(body["message"], `${CALL_FAILED} "slow.hook.test": ${why}`);
});

test("a webhook has no more time than the request", async () => {
  const asked = Promise.withResolvers<undefined>();
  await using bench = await startWebhookBench({ slow: () => never(asked) });
  await bench.configure("Validating", "slow", { timeoutSeconds: 30, failurePolicy: "Ignore" });
  const waiting = bench.post(`${CONFIG_MAPS}?timeout=4s`, configMap("m"));
  await asked.promise;
  assert.match(bench.hooks.requests[0]!.url, /timeout=4s$/);
  await bench.api.clock.advance(4000);
  assert.equal((await waiting).status, 504);
  assert.equal((await bench.send({ url: `${CONFIG_MAPS}/m` })).status, 404);
});
