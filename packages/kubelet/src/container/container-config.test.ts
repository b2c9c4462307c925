import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Container, V1Pod, V1Volume } from "@dingi/api";
import type { Host } from "../host/host.ts";
import { makeContainerConfig } from "./container-config.ts";

const bound: string[] = [];
const host = {
  bindSubPath: async (volume: string, subPath: string, target: string) => {
    if (subPath === "link-out") throw new Error("/etc/shadow is out of the volume");
    bound.push(`${volume}/${subPath} ${target}`);
  },
} as unknown as Host;

async function mountsOf(container: Partial<V1Container>, volumes: V1Volume[] = []) {
  const own = { name: "a", image: "i", ...container };
  const pod: V1Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", uid: "u" },
    spec: { containers: [own], volumes },
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
    nodeResources: { memoryBytes: 1024, hugePageSizes: [], swapControl: "none" },
    host,
  });
  return mounts;
}

test("a claim that the pod has only to read is read-only, whatever its container says", async () => {
  const readOnlyOf = async (readOnly: boolean) => {
    const volume = { name: "data", persistentVolumeClaim: { claimName: "c", readOnly } };
    const mounts = await mountsOf({ volumeMounts: [{ name: "data", mountPath: "/data" }] }, [volume]);
    return mounts?.map(({ readonly }) => readonly);
  };
  assert.deepEqual([await readOnlyOf(true), await readOnlyOf(false)], [[true], [false]]);
});

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
      hostPath: "/pods/u/volume-subpaths/data/a/0",
      readonly: false,
      propagation: "PROPAGATION_PRIVATE",
    },
    { containerPath: "/tools", hostPath: "", image, readonly: true },
    { containerPath: "/part", hostPath: "", image, readonly: true, imageSubPath: "lib" },
  ]);
  assert.deepEqual(bound, ["/volumes/data/part /pods/u/volume-subpaths/data/a/0"]);
});

test("what comes from the API server cannot be written to, whatever the mount says", async () => {
  const sources: Record<string, Partial<V1Volume>> = {
    configMap: { configMap: { name: "m" } },
    secret: { secret: { secretName: "s" } },
    projected: { projected: { sources: [] } },
    downwardAPI: { downwardAPI: { items: [] } },
    emptyDir: { emptyDir: {} },
    hostPath: { hostPath: { path: "/x" } },
  };
  for (const [kind, source] of Object.entries(sources)) {
    const fromApi = !["emptyDir", "hostPath"].includes(kind);
    for (const readOnly of [undefined, false, true]) {
      const mount = { name: "data", mountPath: "/data", ...(readOnly === undefined ? {} : { readOnly }) };
      const volumeMounts = [mount, { ...mount, mountPath: "/part", subPath: "part" }];
      const mounts = await mountsOf({ volumeMounts }, [{ name: "data", ...source }]);
      const expected = fromApi || readOnly === true;
      assert.deepEqual(
        mounts?.map(({ readonly }) => readonly),
        [expected, expected],
        kind,
      );
    }
  }
});

test("a subPath that leaves its volume is refused, without telling what is there", async () => {
  const refusal = (subPath: string) => mountsOf({ volumeMounts: [{ name: "data", mountPath: "/data", subPath }] });
  const message = 'failed to prepare subPath for volumeMount "data" of container "a"';
  await assert.rejects(refusal("link-out"), { name: "ContainerConfigError", message });
  await assert.rejects(refusal("a/../b"), { message: "unable to provision SubPath `a/../b`: must not contain '..'" });
  await assert.rejects(refusal("/a"), { message: "error SubPath `/a` must not be an absolute path" });
});

test("does not start without a volume that it mounts", async () => {
  await assert.rejects(
    mountsOf({ volumeMounts: [{ name: "lost", mountPath: "/lost" }] }),
    /volume "lost" is not set up/,
  );
});

test("a seccomp profile of the node without a name is refused, and not left out (CVE-2023-2431)", async () => {
  const container = { securityContext: { seccompProfile: { type: "Localhost" } } };
  await assert.rejects(
    mountsOf(container),
    /^Error: localhostProfile must be set if seccompProfile type is Localhost\.$/,
  );
});
