import assert from "node:assert/strict";
import { test } from "node:test";
import { ComponentStatuses } from "./component-statuses.ts";

const components = new ComponentStatuses({
  well: () => Promise.resolve({ isHealthy: true, message: "ok" }),
  ill: () => Promise.resolve({ isHealthy: false, message: "no leader" }),
  lost: () => Promise.reject(new Error("cannot be asked")),
});

test("every component says how it is, or that it could not be asked", async () => {
  assert.deepEqual(await components.list(), [
    { metadata: { name: "well" }, conditions: [{ type: "Healthy", status: "True", message: "ok" }] },
    { metadata: { name: "ill" }, conditions: [{ type: "Healthy", status: "False", message: "no leader" }] },
    { metadata: { name: "lost" }, conditions: [{ type: "Healthy", status: "Unknown", error: "cannot be asked" }] },
  ]);
});

test("only the one asked for is asked", async () => {
  assert.deepEqual(await components.get({ namespace: "", name: "ill" }), (await components.list())[1]);
  await assert.rejects(components.get({ namespace: "", name: "other" }), /componentstatus "other" not found/);
  await assert.rejects(
    components.get({ namespace: "", name: "constructor" }),
    /componentstatus "constructor" not found/,
  );
});
