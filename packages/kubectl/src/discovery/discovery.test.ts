import assert from "node:assert/strict";
import { test } from "node:test";
import type { Transport } from "@dingi/client";
import { Discovery } from "./discovery.ts";

const PODS = {
  resource: "pods",
  responseKind: { kind: "Pod" },
  scope: "Namespaced",
  singularResource: "pod",
  shortNames: ["po"],
  verbs: ["list"],
};
const SERVED: Readonly<Record<string, object>> = {
  "/api": { items: [{ metadata: {}, versions: [{ version: "v1", resources: [PODS] }] }] },
  "/apis": { items: [{ metadata: { name: "policy" }, versions: [{ version: "v1" }] }] },
};
const transport = { request: async ({ path }: { path: string }) => SERVED[path] } as unknown as Transport;

test("versions of groups without resources are known, too", async () => {
  const discovery = await Discovery.load(transport);
  assert.deepEqual(discovery.apiVersions, ["v1", "policy/v1"]);
  assert.deepEqual(
    ["pods", "pod", "po", "Pod", "pods.v1"].map((name) => discovery.lookUp(name)?.plural),
    Array.from({ length: 5 }, () => "pods"),
  );
});
