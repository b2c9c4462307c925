import assert from "node:assert/strict";
import { settle } from "@dingi/base";
import type { TestServer } from "./test-server.ts";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** A version whose objects have the fields in their spec. */
export const versionOf = (name: string, spec: object, more: object = {}): object => ({
  name,
  served: true,
  storage: false,
  schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: spec } } } },
  ...more,
});

/** Of Boats in the group "example.org". */
export const boatDefinition = (versions: readonly object[], more: object = {}): object => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "boats.example.org" },
  spec: {
    group: "example.org",
    scope: "Namespaced",
    names: { plural: "boats", kind: "Boat" },
    versions,
    ...more,
  },
});

/** A patch is one to be merged. */
// oxlint-disable-next-line max-params -- As a request reads.
export async function ask({ send }: TestServer, method: string, url: string, body?: object): Promise<Answer> {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const { status, text } = await send({ method, url, headers: { "content-type": type }, ...(body ? { body } : {}) });
  return { status, body: JSON.parse(text) as Record<string, unknown> };
}

/** Writes the definition and waits until what it says is served. */
export async function establish(api: TestServer, definition: object): Promise<void> {
  const { name } = (definition as { metadata: { name: string } }).metadata;
  const known = await ask(api, "GET", `${DEFINITIONS}/${name}`);
  const isNew = known.status === 404;
  const { status, body } = isNew
    ? await ask(api, "POST", DEFINITIONS, definition)
    : await ask(api, "PUT", `${DEFINITIONS}/${name}`, {
        ...known.body,
        ...definition,
        metadata: known.body["metadata"],
      });
  assert.equal(status, isNew ? 201 : 200, JSON.stringify(body));
  for (let i = 0; i < 10; i++) await settle(); // So long the controllers of definitions may take.
}
