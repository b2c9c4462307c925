import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterTrustBundle } from "@dingi/api";
import { testUnderFaults } from "@dingi/testing";
import { bundleNameOf } from "./cluster-trust-bundle-publisher.ts";

test("each content has a name of its own", () => {
  assert.equal(bundleNameOf("abc"), "kubernetes.io:kube-apiserver-serving:ba7816bf8f01cfea414140de");
});

testUnderFaults("What the API server is verified with is published, and nothing else for that", {
  component: "controllers",
  share: 5,
  cluster: {},
  async run(cluster) {
    return await cluster.eventually(async () => {
      const { items } = await cluster.admin.list(ClusterTrustBundle);
      return (
        items.length === 1 && items.every(({ metadata, spec }) => metadata.name === bundleNameOf(spec.trustBundle))
      );
    });
  },
  wanted: true,
});
