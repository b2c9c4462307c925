import assert from "node:assert/strict";
import { test } from "node:test";
import { CSINode, Lease } from "@dingi/api";
import { checkCsiNode, checkLease } from "./own-object.ts";
import type { NodeRequest } from "./node-request.ts";

/** Why it is refused; undefined when it is not. */
function refusal(check: (request: NodeRequest) => void, attributes: object): string | undefined {
  const common = {
    operation: "UPDATE",
    namespace: "",
    name: "n1",
    subresource: "",
    kind: Lease,
    apiVersion: Lease.apiVersion,
  };
  try {
    check({ node: "n1", attributes: { ...common, ...attributes } } as unknown as NodeRequest);
    return undefined;
  } catch (error) {
    return (error as Error).message.split("is forbidden: ")[1];
  }
}

const OTHERS = "can only access node lease with the same name as the requesting node";
const ELSEWHERE = 'can only access leases in the "kube-node-lease" system namespace';
const namespace = "kube-node-lease";
const object = (name: string) => ({ metadata: { name } });

for (const [title, attributes, wanted] of [
  ["its own", { namespace }, undefined],
  ["its own, which it makes", { namespace, operation: "CREATE", name: "", object: object("n1") }, undefined],
  ["its own, elsewhere", { namespace: "default" }, ELSEWHERE],
  ["another's", { namespace, name: "n2" }, OTHERS],
  ["another's under its own name", { namespace, object: object("n2") }, undefined],
  ["another's, which it makes", { namespace, operation: "CREATE", name: "n1", object: object("n2") }, OTHERS],
  ["one without a name", { namespace, operation: "CREATE", name: "n1", object: { metadata: {} } }, OTHERS],
] as const)
  test(`a node asks for a Lease: ${title}`, () => assert.equal(refusal(checkLease, attributes), wanted));

for (const [title, attributes, wanted] of [
  ["its own", {}, undefined],
  ["another's", { name: "n2" }, "can only access CSINode with the same name as the requesting node"],
  ["its own's status", { subresource: "status" }, "CSIVolumeHealth feature gate is disabled"],
] as const)
  test(`a node asks for a CSINode: ${title}`, () =>
    assert.equal(refusal(checkCsiNode, { kind: CSINode, apiVersion: CSINode.apiVersion, ...attributes }), wanted));
