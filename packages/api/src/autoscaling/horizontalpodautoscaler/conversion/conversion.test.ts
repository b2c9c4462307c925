import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "@dingi/base";
import { canonicalize, semanticEqual, type Draft } from "@dingi/apimachinery";
import { StrangeObjects } from "../../../testing/strange-object.ts";
import { defaultHorizontalPodAutoscaler } from "../defaults.ts";
import { V2HorizontalPodAutoscaler, type V2HorizontalPodAutoscalerSpec } from "../horizontalpodautoscaler.gen.ts";
import { BEHAVIOR, CONDITIONS, METRICS } from "./annotations.ts";
import { fromV1, toV1 } from "./conversion.ts";

const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "d" };

function autoscaler(spec: Partial<V2HorizontalPodAutoscalerSpec>, annotations: Record<string, string> = {}) {
  const body = { metadata: { name: "h", annotations }, spec: { scaleTargetRef, maxReplicas: 3, ...spec } };
  const object = canonicalize(V2HorizontalPodAutoscaler, body) as Draft<V2HorizontalPodAutoscaler>;
  defaultHorizontalPodAutoscaler(object);
  return object;
}

test("what the older version lacks comes back from its annotations", () => {
  const behavior = { scaleUp: { tolerance: "50m", policies: [{ type: "Pods", value: 1, periodSeconds: 2 }] } };
  const metrics = [
    { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
    { type: "Pods", pods: { metric: { name: "m" }, target: { type: "AverageValue", averageValue: "3" } } },
  ];
  const hub = autoscaler({ behavior, metrics }, { kept: "yes" });
  const v1 = toV1(hub);
  assert.equal(v1.spec.targetCPUUtilizationPercentage, 50);
  assert.deepEqual(Object.keys(v1.metadata.annotations!).sort(), [BEHAVIOR, METRICS, "kept"]);
  const back = fromV1(v1);
  // The utilization has a field of its own, and comes last from there.
  assert.deepEqual(back.spec.metrics, hub.spec.metrics!.toReversed());
  assert.deepEqual(back.spec.behavior, hub.spec.behavior);
  assert.deepEqual(back.metadata.annotations, { kept: "yes" });
});

test("random objects become the same in the older version, however often they are converted", () => {
  const objects = new StrangeObjects(seededRandom(11));
  for (let round = 0; round < 100; round++) {
    const hub = canonicalize(V2HorizontalPodAutoscaler, objects.make(V2HorizontalPodAutoscaler));
    const once = toV1(hub as V2HorizontalPodAutoscaler);
    const twice = toV1(fromV1(toV1(fromV1(once) as V2HorizontalPodAutoscaler)) as V2HorizontalPodAutoscaler);
    assert.ok(semanticEqual(once.spec, twice.spec), JSON.stringify(hub));
  }
});

test("annotations that say something else, or nest without end, are passed over", () => {
  for (const text of [
    "",
    "nonsense",
    "7",
    "{}",
    '[{"type":5}]',
    "[".repeat(100_000),
    "[".repeat(5000) + "]".repeat(5000),
  ]) {
    const v1 = toV1(autoscaler({}));
    const annotations = { [METRICS]: text, [BEHAVIOR]: text, [CONDITIONS]: text };
    const { spec, status, metadata } = fromV1({ ...v1, metadata: { ...v1.metadata, annotations } });
    assert.equal(spec.metrics?.length, 1, text.slice(0, 20));
    assert.equal(spec.behavior, undefined);
    assert.equal(status.conditions, undefined);
    assert.equal(metadata.annotations, undefined);
  }
});
