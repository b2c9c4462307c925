import assert from "node:assert/strict";
import {
  canonicalize,
  newInvalid,
  V1Status,
  type Draft,
  type KubeObject,
  type ReviewDefinition,
} from "@dingi/apimachinery";
import { isNamespaced, NAMESPACE, type ParityCase, type ParityStep, type RecordedStep } from "./cases.ts";
import { normalize } from "./normalize.ts";

/** A review's answer is the server's; what is wrong with the question is the kind's to say. */
export function checkReview(
  review: ReviewDefinition,
  testCase: ParityCase,
  step: ParityStep,
  recorded: RecordedStep,
): void {
  assert.ok("create" in step, "A review is only created");
  const object = canonicalize(review.schema, step.create) as Draft<KubeObject>;
  if (isNamespaced(testCase.resource)) object.metadata.namespace ??= NAMESPACE;
  review.defaults?.(object);
  const errors = review.validate?.(object) ?? [];
  if (recorded.code !== 422) return assert.deepEqual(errors, [], "upstream finds nothing wrong");
  const { kind, name } = recorded.body["details"] as { kind?: string; name?: string };
  const { status } = newInvalid({ group: review.group, kind: kind ?? "" }, name ?? "", errors);
  const ours = normalize(canonicalize(V1Status, JSON.parse(JSON.stringify(status))) as Record<string, unknown>);
  assert.deepEqual(ours, recorded.body, "the Status differs");
}
