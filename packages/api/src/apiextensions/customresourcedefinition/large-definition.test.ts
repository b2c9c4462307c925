import assert from "node:assert/strict";
import { test } from "node:test";
import { DecodeBudget, decodeObject } from "@dingi/apimachinery";
import { CustomResourceDefinition } from "./index.ts";

test("a definition of ten thousand properties may be sent", () => {
  const one = { type: "object", properties: { a: { type: "string", description: "what it is" } } };
  const properties = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`p${i}`, one]));
  const schema = { openAPIV3Schema: { type: "object", properties } };
  const body = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    spec: { versions: [{ name: "v1", schema }] },
  };
  const { schema: crd } = CustomResourceDefinition.versions["apiextensions.k8s.io/v1"]!;
  const { value } = decodeObject(Buffer.from(JSON.stringify(body)), crd, new DecodeBudget());
  assert.equal(JSON.stringify(value).includes('"p4999"'), true);
});
