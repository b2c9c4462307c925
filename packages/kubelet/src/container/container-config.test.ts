import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Container, V1Pod } from "@dingi/api";
import type { Host } from "../host/host.ts";
import { makeContainerConfig } from "./container-config.ts";

const host = {
  resolveSubPath: async (volume: string, subPath: string) => `${volume}/${subPath}`,
} as unknown as Host;

async function mountsOf(container: Partial<V1Container>) {
  const own = { name: "a", image: "i", ...container };
  const pod: V1Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", uid: "u" },
    spec: { containers: [own] },
    status: {},
  };
  const { mounts } = await makeContainerConfig({
    pod,
    container: own,
    attempt: 0,
    image: undefined,
    imageRef: "sha256:1",
    environment: new Map([["PART", "lib"]]),
    volumes: new Map([["data", "/volumes/data"]]),
    imageVolumes: new Map([["tools", { image: "sha256:2", userSpecifiedImage: "tools:1" }]]),
    podDirectory: "/pods/u",
    hostsFile: undefined,
    nodeMemoryBytes: 1024,
    host,
  });
  return mounts;
}

test("mounts volumes from the node, and leaves images to the runtime", async () => {
  const mounts = await mountsOf({
    volumeMounts: [
      { name: "data", mountPath: "/data", subPath: "part" },
      { name: "tools", mountPath: "tools" },
      { name: "tools", mountPath: "/part", subPathExpr: "$(PART)" },
    ],
  });
  const image = { image: "sha256:2", userSpecifiedImage: "tools:1" };
  assert.deepEqual(mounts, [
    {
      containerPath: "/data",
      hostPath: "/volumes/data/part",
      readonly: false,
      propagation: "PROPAGATION_PRIVATE",
    },
    { containerPath: "/tools", hostPath: "", image, readonly: true },
    { containerPath: "/part", hostPath: "", image, readonly: true, imageSubPath: "lib" },
  ]);
});

test("does not start without a volume that it mounts", async () => {
  await assert.rejects(
    mountsOf({ volumeMounts: [{ name: "lost", mountPath: "/lost" }] }),
    /volume "lost" is not set up/,
  );
});
