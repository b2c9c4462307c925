import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigMap, Pod } from "@dingi/api";
import { PodNodeSelector, type NodeSelectors } from "./pod-node-selector.ts";

const CONFLICT = "pod node label selector conflicts with its namespace node label selector";
const NOT_LISTED = "pod node label selector labels conflict with its namespace whitelist";

interface Asked {
  readonly annotation?: string;
  readonly selectors?: NodeSelectors;
  readonly nodeSelector?: Readonly<Record<string, string>>;
}

/** What a pod's selector becomes, or why it is refused. */
async function ask(verb: "admit" | "validate", { annotation, selectors, nodeSelector }: Asked) {
  const annotations = annotation === undefined ? {} : { "scheduler.alpha.kubernetes.io/node-selector": annotation };
  const namespaces = { find: () => Promise.resolve({ metadata: { name: "n", annotations } }) };
  const plugin = new PodNodeSelector(namespaces as never, selectors);
  const spec: Pick<Asked, "nodeSelector"> = nodeSelector ? { nodeSelector } : {};
  const object = { metadata: { name: "p", namespace: "n" }, spec };
  const attributes = { operation: "CREATE", kind: Pod, subresource: "", namespace: "n", name: "p", object };
  try {
    await plugin[verb](attributes as never);
    return object.spec.nodeSelector;
  } catch (error) {
    return (error as Error).message.replace(/^.*is forbidden: /, "");
  }
}

const zone = { zone: "a" };

describe("A pod's node selector", () => {
  for (const [title, asked, wanted] of [
    ["stays where nothing is said", { nodeSelector: zone }, zone],
    ["is none where nothing is said", {}, undefined],
    ["is its namespace's", { annotation: "zone = a , disk=ssd" }, { zone: "a", disk: "ssd" }],
    ["is its own and its namespace's", { annotation: "disk=ssd", nodeSelector: zone }, { zone: "a", disk: "ssd" }],
    [
      "is the cluster's where its namespace says nothing",
      { selectors: { clusterDefaultNodeSelector: "zone=a" } },
      zone,
    ],
    [
      "is its namespace's, not the cluster's",
      { annotation: "zone=a", selectors: { clusterDefaultNodeSelector: "zone=b" } },
      zone,
    ],
    [
      "is nobody's where its namespace says so",
      { annotation: "", selectors: { clusterDefaultNodeSelector: "zone=b" } },
      undefined,
    ],
    ["may say the same", { annotation: "zone=a", nodeSelector: zone }, zone],
    ["may not say another thing", { annotation: "zone=b", nodeSelector: zone }, CONFLICT],
    ["may be among those that are listed", { selectors: { n: "zone=a,disk=ssd" }, nodeSelector: zone }, zone],
    ["may not be another than listed", { selectors: { n: "zone=b" }, nodeSelector: zone }, NOT_LISTED],
    ["may not have more than is listed", { selectors: { n: "disk=ssd" }, nodeSelector: zone }, NOT_LISTED],
    [
      "may not be the namespace's where that is not listed",
      { annotation: "zone=a", selectors: { n: "zone=b" } },
      NOT_LISTED,
    ],
    ["is not looked for in another namespace's list", { selectors: { m: "zone=b" }, nodeSelector: zone }, zone],
    ["cannot be what is no selector", { annotation: "zone" }, "invalid selector: [zone]"],
    ["cannot be what says too much", { annotation: "a=b=c" }, "invalid selector: [a b c]"],
  ] as const)
    test(title, async () => assert.deepEqual(await ask("admit", asked), wanted));
});

describe("What others have made of a pod's node selector", () => {
  for (const [title, asked, wanted] of [
    ["stays", { annotation: "zone=a", nodeSelector: zone }, zone],
    ["may lack the namespace's", { annotation: "zone=a" }, undefined],
    ["may not contradict the namespace's", { annotation: "zone=b", nodeSelector: zone }, CONFLICT],
    ["may not have more than is listed", { selectors: { n: "disk=ssd" }, nodeSelector: zone }, NOT_LISTED],
  ] as const)
    test(title, async () => assert.deepEqual(await ask("validate", asked), wanted));
});

test("Only a pod that is made is looked at, and no subresource of it", async () => {
  const plugin = new PodNodeSelector(undefined as never);
  assert.deepEqual(
    (["CREATE", "UPDATE", "DELETE"] as const).filter((operation) => plugin.handles(operation)),
    ["CREATE"],
  );
  for (const attributes of [
    { operation: "CREATE", kind: ConfigMap, subresource: "", object: {} },
    { operation: "CREATE", kind: Pod, subresource: "eviction", object: {} },
  ]) {
    await plugin.admit(attributes as never);
    await plugin.validate(attributes as never);
  }
});
