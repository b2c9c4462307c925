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

const PLAIN = { memoryBytes: 1024, hugePageSizes: [], swapControl: "none" } as const;
async function configOf(container: Partial<V1Container>, more: object = {}, environment: Record<string, string> = {}) {
  const own = { name: "a", image: "i", ...container };
  const pod: V1Pod = {
    metadata: { name: "p", namespace: "ns", uid: "u", labels: { x: "y" } },
    spec: { containers: [own], terminationGracePeriodSeconds: 7 },
    status: {},
  };
  const written: string[] = [];
  const disk = {
    makeDirectory: async (path: string, mode: number) => void written.push(`mkdir ${path} ${mode.toString(8)}`),
    writeFile: async (path: string, content: string, mode: number) =>
      void written.push(`write ${path} ${JSON.stringify(content)} ${mode.toString(8)}`),
  } as unknown as Host;
  const config = await makeContainerConfig({
    pod,
    container: own,
    attempt: 3,
    image: undefined,
    imageRef: "sha256:1",
    environment: new Map(Object.entries(environment)),
    volumes: new Map([["data", "/volumes/data"]]),
    podDirectory: "/pods/u",
    hostsFile: undefined,
    nodeResources: PLAIN,
    host: disk,
    ...more,
  });
  return { config, written };
}

test("what the runtime is told of a container", async () => {
  const { linux, ...config } = (await configOf({})).config;
  assert.ok(linux?.resources && linux.securityContext);
  const { "io.kubernetes.container.hash": hash, ...annotations } = config.annotations ?? {};
  assert.match(hash ?? "", /^[0-9a-f]{16}$/);
  assert.deepEqual(
    { ...config, annotations },
    {
      metadata: { name: "a", attempt: 3 },
      image: { image: "sha256:1", userSpecifiedImage: "i" },
      envs: [],
      mounts: [],
      labels: {
        x: "y",
        "io.kubernetes.pod.name": "p",
        "io.kubernetes.pod.namespace": "ns",
        "io.kubernetes.pod.uid": "u",
        "io.kubernetes.container.name": "a",
      },
      annotations: {
        "io.kubernetes.container.restartCount": "3",
        "io.kubernetes.container.terminationMessagePath": "",
        "io.kubernetes.container.terminationMessagePolicy": "File",
        "io.kubernetes.pod.terminationGracePeriod": "7",
      },
      logPath: "a/3.log",
      stdin: false,
      stdinOnce: false,
      tty: false,
    },
  );
});

test("command and arguments see the environment, and what is asked for is handed on", async () => {
  const { config } = await configOf(
    {
      command: ["run", "$(A)"],
      args: ["$(B)"],
      workingDir: "/work",
      stdin: true,
      stdinOnce: true,
      tty: true,
      lifecycle: { stopSignal: "SIGUSR1" },
      terminationMessagePolicy: "FallbackToLogsOnError",
    },
    {},
    { A: "1" },
  );
  assert.deepEqual([config.command, config.args, config.workingDir], [["run", "1"], ["$(B)"], "/work"]);
  assert.deepEqual([config.stdin, config.stdinOnce, config.tty, config.stopSignal], [true, true, true, "SIGUSR1"]);
  assert.deepEqual(config.envs, [{ key: "A", value: "1" }]);
  assert.equal(config.annotations?.["io.kubernetes.container.terminationMessagePolicy"], "FallbackToLogsOnError");
});

test("a container is another one when its image or its name is", async () => {
  const of = async (container: Partial<V1Container>) =>
    (await configOf(container)).config.annotations?.["io.kubernetes.container.hash"];
  assert.equal(await of({ image: "i" }), await of({ image: "i", command: ["x"] }));
  assert.notEqual(await of({ image: "i" }), await of({ image: "j" }));
});

test("the hosts file is mounted where nothing else is, and a file for last words is made", async () => {
  const hosts = { hostsFile: "/pods/u/etc-hosts" };
  const paths = async (container: Partial<V1Container>, more: object = {}) => {
    const { config, written } = await configOf(container, more);
    return { mounts: config.mounts?.map(({ containerPath, hostPath }) => `${containerPath}=${hostPath}`), written };
  };
  assert.deepEqual((await paths({}, hosts)).mounts, ["/etc/hosts=/pods/u/etc-hosts"]);
  const volumeMounts = [{ name: "data", mountPath: "/etc/hosts" }];
  assert.deepEqual((await paths({ volumeMounts }, hosts)).mounts, ["/etc/hosts=/volumes/data"]);
  assert.deepEqual(await paths({ terminationMessagePath: "/dev/termination-log" }), {
    mounts: ["/dev/termination-log=/pods/u/containers/a/3"],
    written: ["mkdir /pods/u/containers/a 750", 'write /pods/u/containers/a/3 "" 666'],
  });
});

test("mounts spread as they ask for", async () => {
  const of = async (mount: object) => {
    const volumeMounts = [{ name: "data", mountPath: "/data", ...mount }];
    return (await configOf({ volumeMounts }, { recursiveReadOnlyMounts: true })).config.mounts?.[0];
  };
  assert.equal((await of({}))?.propagation, "PROPAGATION_PRIVATE");
  assert.equal((await of({ mountPropagation: "HostToContainer" }))?.propagation, "PROPAGATION_HOST_TO_CONTAINER");
  assert.equal((await of({ mountPropagation: "Bidirectional" }))?.propagation, "PROPAGATION_BIDIRECTIONAL");
  assert.deepEqual([(await of({ readOnly: true }))?.readonly, (await of({}))?.readonly], [true, false]);
});

const RECURSIVE: readonly (readonly [object, boolean, boolean | string])[] = [
  [{ readOnly: true }, true, false],
  [{ readOnly: true, recursiveReadOnly: "Disabled" }, true, false],
  [{ readOnly: true, recursiveReadOnly: "Enabled" }, true, true],
  [{ readOnly: true, recursiveReadOnly: "Enabled" }, false, "not supported by the runtime"],
  [{ readOnly: true, recursiveReadOnly: "IfPossible" }, true, true],
  [{ readOnly: true, recursiveReadOnly: "IfPossible" }, false, false],
  [{ recursiveReadOnly: "IfPossible" }, true, "not read-only"],
  [{ readOnly: true, recursiveReadOnly: "Enabled", mountPropagation: "None" }, true, true],
  [
    { readOnly: true, recursiveReadOnly: "Enabled", mountPropagation: "Bidirectional" },
    true,
    'not compatible with propagation "Bidirectional"',
  ],
];
for (const [mount, supported, wanted] of RECURSIVE)
  test(`read-only all the way down: ${JSON.stringify(mount)} where the runtime ${supported ? "can" : "cannot"}`, async () => {
    const volumeMounts = [{ name: "data", mountPath: "/data", ...mount }];
    const found = configOf({ volumeMounts }, { recursiveReadOnlyMounts: supported });
    if (typeof wanted !== "string") assert.equal((await found).config.mounts?.[0]?.recursiveReadOnly ?? false, wanted);
    else
      await assert.rejects(found, {
        message: `failed to resolve recursive read-only mode: volume "data" requested recursive read-only mode, but it is ${wanted}`,
      });
  });

test("a path within a volume stays there, and needs what it names", async () => {
  const mount = (more: object) => configOf({ volumeMounts: [{ name: "data", mountPath: "/data", ...more }] });
  await assert.rejects(mount({ subPath: "/abs" }), { message: "error SubPath `/abs` must not be an absolute path" });
  await assert.rejects(mount({ subPath: "a/../b" }), {
    message: "unable to provision SubPath `a/../b`: must not contain '..'",
  });
  await assert.rejects(mount({ subPathExpr: "$(GONE)" }), { message: 'missing value for "GONE"' });
});

test("a block device is none of this node's", async () => {
  const volumeDevices = [{ name: "disk", devicePath: "/dev/x" }];
  await assert.rejects(configOf({ volumeDevices }), {
    message: 'cannot find volume "disk" to pass into container "a"',
  });
});

test("a seccomp profile of the node without a name is refused, and not left out (CVE-2023-2431)", async () => {
  const container = { securityContext: { seccompProfile: { type: "Localhost" } } };
  await assert.rejects(
    mountsOf(container),
    /^Error: localhostProfile must be set if seccompProfile type is Localhost\.$/,
  );
});
