import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { canReserve, claimKeysOf, claimNameOf, generateNameFor } from "./pod-claims.ts";

const resourceClaims = [
  { name: "own", resourceClaimName: "shared" },
  { name: "made", resourceClaimTemplateName: "gpu" },
  { name: "late", resourceClaimTemplateName: "gpu" },
  { name: "none", resourceClaimTemplateName: "gpu" },
];
const POD = {
  metadata: { namespace: "ns", name: "web", uid: "1" },
  spec: { containers: [], resourceClaims },
  status: {
    resourceClaimStatuses: [{ name: "made", resourceClaimName: "web-made-x" }, { name: "none" }],
    extendedResourceClaimStatus: { resourceClaimName: "web-extended", requestMappings: [] },
  },
} as unknown as V1Pod;

test("which claims are a pod's", () => {
  assert.deepEqual(
    resourceClaims.map((claim) => claimNameOf(POD, claim)),
    [{ name: "shared", isMade: false }, { name: "web-made-x", isMade: true }, "missing", "not needed"],
  );
  assert.deepEqual(claimKeysOf(POD), ["ns/shared", "ns/web-made-x", "ns/web-extended"]);
});

test("of long names both parts are left", () => {
  assert.equal(generateNameFor("web", "gpu"), "web-gpu-");
  assert.equal(generateNameFor("a".repeat(40), "b".repeat(40)), `${"a".repeat(27)}-${"b".repeat(27)}`);
  assert.equal(generateNameFor("a".repeat(52), "gpu"), `${"a".repeat(52)}-gpu-`.slice(0, 57));
});

test("only what is allocated, and has room, can be reserved", () => {
  const can = (status: object) => canReserve(POD, { metadata: {}, spec: {}, status } as never);
  const reservedFor = Array.from({ length: 256 }, (_, uid) => ({ resource: "pods", name: "x", uid: `u${uid}` }));
  assert.deepEqual(
    [
      can({}),
      can({ allocation: {} }),
      can({ allocation: {}, reservedFor: [{ resource: "pods", name: "web", uid: "1" }] }),
      can({ allocation: {}, reservedFor }),
      can({ allocation: {}, reservedFor: reservedFor.slice(1) }),
    ],
    [false, true, false, false, true],
  );
});
