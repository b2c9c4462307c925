import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1PolicyRule } from "@dingi/api";
import { missingRights } from "./covers.ts";

const PODS = { apiGroups: [""], resources: ["pods"], verbs: ["get"] };
const url = (path: string): V1PolicyRule => ({ nonResourceURLs: [path], verbs: ["get"] });
const named = (...resourceNames: string[]): V1PolicyRule => ({ ...PODS, resourceNames });
const of = (...resources: string[]): V1PolicyRule => ({ ...PODS, resources });

for (const [title, owned, wanted, isCovered] of [
  ["a path as it is", url("/metrics"), url("/metrics"), true],
  ["no longer path", url("/metrics"), url("/metrics/x"), false],
  ["what begins as a pattern", url("/api/*"), url("/api/v1"), true],
  ["a narrower pattern", url("/api/*"), url("/api/v1/*"), true],
  ["no wider pattern", url("/api/v1/*"), url("/api/*"), false],
  ["nothing beside a pattern", url("/api/*"), url("/healthz"), false],
  ["every path", url("*"), url("/healthz"), true],
  ["names by all names", PODS, named("a"), true],
  ["not all names by some", named("a"), PODS, false],
  ["some of its names", named("a", "b"), named("b"), true],
  ["no other name", named("a"), named("a", "b"), false],
  ["no subresource by its resource", of("pods"), of("pods/log"), false],
  ["a subresource of all resources", of("*/scale"), of("deployments/scale"), true],
  ["no other subresource", of("*/scale"), of("deployments/status"), false],
  ["every subresource by everything", of("*"), of("pods/log"), true],
  ["no resource by a subresource of all", of("*/scale"), of("scale"), false],
  ["no other verb", PODS, { ...PODS, verbs: ["list"] }, false],
  ["any verb by all verbs", { ...PODS, verbs: ["*"] }, { ...PODS, verbs: ["list"] }, true],
  ["not all verbs by one", PODS, { ...PODS, verbs: ["*"] }, false],
  ["no other group", PODS, { ...PODS, apiGroups: ["apps"] }, false],
] as const)
  test(`a right covers ${title}`, () => assert.equal(missingRights([owned], [wanted])?.length === 0, isCovered));
