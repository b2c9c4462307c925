import assert from "node:assert/strict";
import { test } from "node:test";
import { Pod, PriorityClass, ServiceAccount } from "@dingi/api";
import { startTestServer } from "../../../testing/test-server.ts";

test("a pod without a class gets the smallest default of the moment", async () => {
  await using api = await startTestServer();
  await api.admin.create(ServiceAccount, { metadata: { namespace: "default", name: "default" } });
  const priority = async (name: string) => {
    const containers = [{ name: "main", image: "registry.example/image:1" }];
    const pod = await api.admin.create(Pod, {
      metadata: { namespace: "default", name },
      spec: { containers },
    } as never);
    return [pod.spec.priority, pod.spec.priorityClassName];
  };
  assert.deepEqual(await priority("before"), [0, undefined]);
  await api.admin.create(PriorityClass, { metadata: { name: "usual" }, value: 7, globalDefault: true });
  assert.deepEqual(await priority("with"), [7, "usual"]);
  await api.admin.delete(PriorityClass, { namespace: "", name: "usual" });
  assert.deepEqual(await priority("after"), [0, undefined]);
});
