import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldErrorText } from "@dingi/apimachinery";
import { TokenRequest, type V1BoundObjectReference } from "./index.ts";

const problems = (spec: object): string[] => {
  const object = { metadata: {}, spec: { audiences: [], ...spec } };
  TokenRequest.defaults!(object as never);
  return TokenRequest.validate!(object as never).map(fieldErrorText);
};

const WEBHOOK: V1BoundObjectReference = {
  kind: "ValidatingWebhookConfiguration",
  apiVersion: "admissionregistration.k8s.io/v1",
  name: "a",
};

test("tokens live an hour by default, at least ten minutes", () => {
  assert.deepEqual(problems({}), []);
  assert.deepEqual(problems({ expirationSeconds: 600 }), []);
  assert.deepEqual(problems({ expirationSeconds: 599 }), [
    "spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes",
  ]);
  assert.deepEqual(problems({ expirationSeconds: 2 ** 32 + 1 }), [
    "spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds",
  ]);
});

test("only tokens of webhooks attest to API groups", () => {
  const attestations = { admissionReviewAPIGroups: ["apps"] };
  assert.match(problems({ attestations })[0]!, /may only be specified with a webhook bound object reference$/);
  assert.deepEqual(problems({ audiences: ["a"], attestations, boundObjectRef: WEBHOOK }), []);
  assert.deepEqual(problems({ boundObjectRef: WEBHOOK }), [
    "spec.audiences: Invalid value: []: must be length 1 when bound to a webhook config",
    "spec.attestations: Invalid value: {}: webhook bound requests require exactly one admissionReviewAPIGroups attestation",
  ]);
  const wrong = { admissionReviewAPIGroups: [""] };
  assert.deepEqual(problems({ audiences: ["a"], attestations: wrong, boundObjectRef: WEBHOOK }), [
    'spec.attestations[admissionReviewAPIGroups][0]: Invalid value: "": may not be an empty string',
  ]);
});
