import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MIRROR_ANNOTATION, PodCertificateRequest, ResourceSlice } from "@dingi/api";
import type { NodeRequest } from "./node-request.ts";
import { checkPodCertificateRequest } from "./pod-certificate-request.ts";
import { checkResourceSlice } from "./resource-slice.ts";

const SIGNER = "example.com/signer";
const SPEC = {
  signerName: SIGNER,
  podName: "p",
  podUID: "pod",
  serviceAccountName: "account",
  serviceAccountUID: "account",
  nodeName: "n1",
  nodeUID: "node",
};
const VOLUMES = [
  { name: "v", projected: { sources: [{ podCertificate: { signerName: SIGNER, keyType: "ED25519" } }] } },
];

interface World {
  readonly operation?: string;
  readonly subresource?: string;
  readonly spec?: Partial<typeof SPEC>;
  readonly pod?: { readonly annotations?: object; readonly spec?: object } | null;
  readonly isNodeKnown?: boolean;
  readonly isAccountKnown?: boolean;
  readonly mayAskFor?: string;
}

/** What a node is told; "" when it gets what it asks for. */
async function ask(world: World): Promise<string> {
  const { operation = "CREATE", subresource = "", spec = {}, pod = {}, mayAskFor } = world;
  const found = {
    metadata: { name: "p", uid: "pod", annotations: pod?.annotations },
    spec: { nodeName: "n1", serviceAccountName: "account", volumes: VOLUMES, ...pod?.spec },
  };
  const account = world.isAccountKnown === false ? undefined : { object: { metadata: { uid: "account" } } };
  const request = {
    node: "n1",
    attributes: {
      operation,
      subresource,
      kind: PodCertificateRequest,
      namespace: "ns",
      name: "r",
      object: { spec: { ...SPEC, ...spec } },
      user: { name: "system:node:n1", groups: [] },
    },
    authorizer: {
      authorize: ({ resource }: { resource: string }) => ({
        decision: resource === mayAskFor ? "allow" : "no opinion",
      }),
    },
    lookUp: {
      node: () => (world.isNodeKnown === false ? undefined : { metadata: { uid: "node" } }),
      pod: () => (pod === null ? undefined : found),
      feed: { cache: () => ({ get: () => account }) },
    },
  };
  try {
    await checkPodCertificateRequest(request as unknown as NodeRequest);
    return "";
  } catch (error) {
    return `${(error as { code: number }).code} ${(error as Error).message}`;
  }
}

describe("A node that asks for a pod's certificate", () => {
  test("gets it for its own pod, by a signer that the pod names or that the node may ask", async () => {
    assert.equal(await ask({}), "");
    const elsewhere = { pod: { spec: { volumes: [] } } };
    assert.equal(await ask({ ...elsewhere, mayAskFor: "example.com:signer" }), "");
    assert.match(
      await ask({ ...elsewhere, mayAskFor: SIGNER }),
      /^403 .*pod "ns\/p" does not mount a podCertificate projected volume for signer "example.com\/signer"$/,
    );
  });

  for (const [what, world, told] of [
    ["to change one", { operation: "UPDATE" }, /^403 .* is forbidden: unexpected operation UPDATE$/],
    ["to write its status", { subresource: "status" }, /^403 .*unexpected subresource status$/],
    ["for another node", { spec: { nodeName: "n2" } }, /^403 .*NodeName="n2", which is not the requesting node "n1"$/],
    [
      "for a node that was",
      { spec: { nodeUID: "x" } },
      /^500 .*names node UID "x", inconsistent with the running node \("node"\)$/,
    ],
    [
      "and is not there",
      { isNodeKnown: false },
      /^500 while retrieving node "n1" named in the .*: nodes "n1" not found$/,
    ],
    ["for no pod", { pod: null }, /^500 while retrieving pod "ns\/p" named in the .*: pods "p" not found$/],
    [
      "for a pod that was",
      { spec: { podUID: "x" } },
      /^500 .*contains pod UID \("x"\) which differs from running pod "pod"$/,
    ],
    ["for a pod elsewhere", { pod: { spec: { nodeName: "n2" } } }, /^403 .*is not running on node "n1" named in/],
    ["for a mirror pod", { pod: { annotations: { [MIRROR_ANNOTATION]: "x" } } }, /^403 .*pod "ns\/p" is a mirror pod$/],
    [
      "for another account",
      { spec: { serviceAccountName: "x" } },
      /^403 .*\("x"\) that differs from running pod \("account"\)$/,
    ],
    ["for no account", { isAccountKnown: false }, /^500 while retrieving service account "ns\/account" .* not found$/],
    [
      "for an account that was",
      { spec: { serviceAccountUID: "x" } },
      /^500 .*names service account UID "x", which differs/,
    ],
  ] as const satisfies readonly (readonly [string, World, RegExp])[])
    test(`gets none ${what}`, async () => assert.match(await ask(world), told));
});

test("a node makes and deletes slices of its own devices only", () => {
  const check = (operation: string, mine: string, theirs: string) =>
    checkResourceSlice({
      node: "n1",
      attributes: {
        operation,
        kind: ResourceSlice,
        name: "s",
        object: { metadata: {}, spec: { nodeName: mine } },
        oldObject: { metadata: {}, spec: { nodeName: theirs } },
      },
    } as unknown as NodeRequest);
  check("CREATE", "n1", "n2");
  check("DELETE", "n2", "n1");
  check("UPDATE", "n2", "n2");
  assert.throws(
    () => check("CREATE", "n2", "n1"),
    /can only create ResourceSlice with the same NodeName as the requesting/,
  );
  assert.throws(
    () => check("DELETE", "n1", "n2"),
    /can only delete ResourceSlice with the same NodeName as the requesting/,
  );
});
