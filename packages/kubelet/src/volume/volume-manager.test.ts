import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import type { V1ConfigMap, V1Pod, V1Secret, V1Volume } from "@dingi/api";
import type { FileType, VolumeFile } from "../host/host.ts";
import { SimulatedHost } from "../host/simulated/simulated-host.ts";
import { isReadOnly, VolumeManager } from "./volume-manager.ts";

const GIB = 1024 ** 3;

/** A host that writes down what is asked of it. */
class RecordingHost extends SimulatedHost {
  readonly calls: string[] = [];

  override makeDirectory(path: string, mode = 0): Promise<void> {
    this.calls.push(`directory ${short(path)} ${mode.toString(8)}`);
    return super.makeDirectory(path);
  }

  override mountTmpfs(path: string, size?: number): Promise<void> {
    this.calls.push(`tmpfs ${short(path)} ${size}`);
    return super.mountTmpfs(path);
  }

  override setGroup(path = "", group = 0): Promise<void> {
    this.calls.push(`group ${short(path)} ${group}`);
    return super.setGroup();
  }

  override writeVolume(directory: string, files: readonly VolumeFile[], group?: number): Promise<void> {
    const list = files.map(({ path, mode, uid }) => `${path}:${mode.toString(8)}:${uid ?? ""}`);
    this.calls.push(`files ${short(directory)} ${list.join(" ")} ${group}`);
    return super.writeVolume(directory, files);
  }

  /** The calls since the last time. */
  taken(): string[] {
    return this.calls.splice(0);
  }
}

function short(path: string): string {
  return path.replace("/kubelet/pods/u/", "").replace("kubernetes.io~", "");
}

function bench() {
  const host = new RecordingHost({ clock: new FakeClock(), name: "n" });
  const sources = {
    configMap: () => Promise.resolve({ data: { key: "1" } } as unknown as V1ConfigMap),
    secret: () => Promise.resolve({ data: { key: "MQ==" } } as unknown as V1Secret),
    token: () => Promise.resolve("token"),
    addresses: () => ({ podIps: [], hostIps: [], allocatableCpuMilli: 1000, allocatableMemoryBytes: 8 * GIB }),
  };
  const nothing = () => Promise.reject(new Error("There is none"));
  const claims = { claim: nothing, volume: nothing, node: () => undefined };
  return { host, volumes: new VolumeManager({ host, sources, claims, rootDirectory: "/kubelet" }) };
}

const pod = (volumes: Omit<V1Volume, "name">[], spec: object = {}): V1Pod =>
  ({
    metadata: { name: "p", namespace: "default", uid: "u" },
    spec: {
      volumes: volumes.map((volume, index) => ({ name: `v${index}`, ...volume })),
      containers: [{ name: "c" }],
      ...spec,
    },
    status: {},
  }) as unknown as V1Pod;

const TOKEN = { projected: { sources: [{ serviceAccountToken: { path: "token" } }] } };

test("what may be secret lies in memory, a ConfigMap on disk", async () => {
  const { host, volumes } = bench();
  const kinds: Omit<V1Volume, "name">[] = [
    { configMap: { name: "m" } },
    { secret: { secretName: "s" } },
    TOKEN,
    { downwardAPI: { items: [{ path: "name", fieldRef: { fieldPath: "metadata.name" } }] } },
  ];
  await volumes.setUp(pod(kinds));
  assert.deepEqual(host.taken(), [
    "directory volumes/configmap/v0 777",
    "files volumes/configmap/v0 key:644: undefined",
    "directory volumes/secret/v1 777",
    `tmpfs volumes/secret/v1 ${8 * GIB}`,
    "files volumes/secret/v1 key:644: undefined",
    "directory volumes/projected/v2 777",
    `tmpfs volumes/projected/v2 ${8 * GIB}`,
    "files volumes/projected/v2 token:644: undefined",
    "directory volumes/downward-api/v3 777",
    `tmpfs volumes/downward-api/v3 ${8 * GIB}`,
    "files volumes/downward-api/v3 name:644: undefined",
  ]);
  await volumes.refresh(pod(kinds));
  assert.deepEqual(
    host.taken().filter((call) => !call.startsWith("files")),
    [],
    "what is mounted stays, with its modes",
  );
});

test("memory is bounded by the node, the pod and the volume", async () => {
  const memory = (limit: string) => ({ containers: [{ name: "c", resources: { limits: { memory: limit } } }] });
  const sizes = async (volume: Omit<V1Volume, "name">, spec: object) => {
    const { host, volumes } = bench();
    await volumes.setUp(pod([volume], spec));
    return host.calls.find((call) => call.startsWith("tmpfs"))?.split(" ")[2];
  };
  const emptyDir = (sizeLimit?: string) => ({ emptyDir: { medium: "Memory", ...(sizeLimit ? { sizeLimit } : {}) } });
  assert.equal(await sizes(emptyDir(), {}), String(8 * GIB));
  assert.equal(await sizes(emptyDir("1Gi"), memory("2Gi")), String(GIB));
  assert.equal(await sizes(emptyDir("0"), memory("2Gi")), String(2 * GIB));
  assert.equal(await sizes(emptyDir("4Gi"), memory("2Gi")), String(2 * GIB));
  assert.equal(await sizes({ secret: { secretName: "s" } }, memory("2Gi")), String(2 * GIB));
});

test("an emptyDir is given to fsGroup once, also when it was interrupted, and anew when memory lost it", async () => {
  for (const medium of ["", "Memory"]) {
    const { host, volumes } = bench();
    const wanted = pod([{ emptyDir: { medium } }], { securityContext: { fsGroup: 2000 }, containers: [{ name: "c" }] });
    const groups = async () => {
      await volumes.setUp(wanted);
      return host.taken().filter((call) => call.startsWith("group"));
    };
    const given = ["group volumes/empty-dir/v0 2000"];
    assert.deepEqual(await groups(), given, medium);
    assert.deepEqual(await groups(), [], medium);
    await host.removeTree("/kubelet/pods/u/plugins");
    assert.deepEqual(await groups(), given, `${medium} interrupted`);
    await host.removeTree("/kubelet/pods/u/volumes");
    assert.deepEqual(await groups(), given, `${medium} lost`);
  }
});

test("files from the API server are fsGroup's to read; a token then is nobody else's", async () => {
  const token = async (spec: object) => {
    const { host, volumes } = bench();
    await volumes.setUp(pod([TOKEN], spec));
    return host.calls
      .find((call) => call.startsWith("files"))
      ?.split(" ")
      .slice(2)
      .join(" ");
  };
  const as = (...users: (number | undefined)[]) => ({
    containers: users.map((runAsUser, index) => ({ name: `c${index}`, securityContext: { runAsUser } })),
  });
  assert.equal(await token({ securityContext: { fsGroup: 2000 } }), "token:600: 2000");
  assert.equal(await token({ securityContext: { runAsUser: 1000 } }), "token:600:1000 undefined");
  assert.equal(await token(as(1000, 1000)), "token:600:1000 undefined");
  assert.equal(await token(as(1000, 1001)), "token:644: undefined");
  assert.equal(await token(as(1000, undefined)), "token:644: undefined");
  assert.equal(
    await token({ ...as(undefined, 1000), securityContext: { runAsUser: 1000 } }),
    "token:600:1000 undefined",
  );
});

test("other volumes can be mounted in one that is read-only", async () => {
  const { host, volumes } = bench();
  const volumeMounts = [
    { name: "v0", mountPath: "/etc/app" },
    { name: "v1", mountPath: "/etc/app/cache" },
  ];
  await volumes.setUp(
    pod([{ secret: { secretName: "s" } }, { emptyDir: {} }], { containers: [{ name: "c", volumeMounts }] }),
  );
  assert.ok(host.calls.includes("directory volumes/secret/v0/cache 755"));
});

test("a medium that is not served is said, and not taken for the disk", async () => {
  const { volumes } = bench();
  await assert.rejects(
    volumes.setUp(pod([{ emptyDir: { medium: "HugePages" } }])),
    /unknown storage medium "HugePages"/,
  );
});

test("a pod that has ended keeps its last words and none of its volumes", async () => {
  const { host, volumes } = bench();
  await volumes.setUp(pod([{ secret: { secretName: "s" } }]));
  await host.writeFile("/kubelet/pods/u/containers/c/0", "bye");
  await volumes.release("u");
  assert.equal(await host.isMounted("/kubelet/pods/u/volumes/kubernetes.io~secret/v0"), false);
  assert.deepEqual(await host.listDirectory("/kubelet/pods/u"), ["containers"]);
});

const FAILS = (noun: string) => `hostPath type check failed: /there is not a ${noun}`;
const HOST_PATHS: readonly (readonly [type: string, lies: FileType | undefined, outcome: string])[] = [
  ["", undefined, "/there"],
  ["", "socket", "/there"],
  ["Directory", "directory", "/there"],
  ["Directory", undefined, FAILS("directory")],
  ["Directory", "file", FAILS("directory")],
  ["DirectoryOrCreate", "directory", "/there"],
  ["DirectoryOrCreate", undefined, "/there, made directory /there 755"],
  ["DirectoryOrCreate", "file", FAILS("directory")],
  ["File", "file", "/there"],
  ["File", "directory", FAILS("file")],
  ["FileOrCreate", "file", "/there"],
  ["FileOrCreate", undefined, "/there, made file"],
  ["FileOrCreate", "directory", FAILS("file")],
  ["Socket", "socket", "/there"],
  ["Socket", undefined, FAILS("socket file")],
  ["CharDevice", "character", "/there"],
  ["CharDevice", "block", FAILS("character device")],
  ["BlockDevice", "block", "/there"],
  ["BlockDevice", "file", FAILS("block device")],
  ["Unheard", "file", FAILS("Unheard")],
];
for (const [type, lies, outcome] of HOST_PATHS)
  test(`a path of the node as "${type}" where there is ${lies ?? "nothing"}: ${outcome}`, async () => {
    const { host, volumes } = bench();
    host.fileType = () => Promise.resolve(lies);
    host.writeFile = async () => void host.calls.push("file");
    const found = volumes.setUp(pod([{ hostPath: { path: "/there", type } }])).then(
      (paths) => [paths.get("v0"), ...host.taken().map((call) => `made ${call}`)].join(", "),
      (error: Error) => error.message.replace(/^.* : /, ""),
    );
    assert.equal(await found, outcome);
  });

test("what comes from the API server is written anew, and nothing else is touched", async () => {
  const { host, volumes } = bench();
  const sources = [
    { configMap: { name: "m" } },
    { secret: { secretName: "s" } },
    { downwardAPI: { items: [] } },
    TOKEN,
  ];
  const all = pod([...sources, { emptyDir: {} }, { hostPath: { path: "/there" } }]);
  await volumes.setUp(all);
  host.taken();
  await volumes.refresh(all);
  assert.deepEqual(
    host.taken().map((call) => call.split(" ").slice(0, 2).join(" ")),
    [
      "files volumes/configmap/v0",
      "files volumes/secret/v1",
      "files volumes/downward-api/v2",
      "files volumes/projected/v3",
    ],
  );
});

test("a volume of a kind that nobody serves is said, and an image is left to the runtime", async () => {
  const { volumes } = bench();
  const refused = volumes.setUp(pod([{ nfs: { server: "s", path: "/" } } as Omit<V1Volume, "name">]));
  await assert.rejects(refused, /of a kind that this kubelet does not serve: nfs/);
  assert.equal((await volumes.setUp(pod([{ image: { reference: "i" } }]))).size, 0);
});

test("only a claim that says so, and what the API server has, is only to be read", () => {
  const of = (volume: Omit<V1Volume, "name">) => isReadOnly({ name: "v", ...volume });
  for (const volume of [{ configMap: {} }, { secret: {} }, { downwardAPI: {} }, TOKEN]) assert.equal(of(volume), true);
  assert.equal(of({ persistentVolumeClaim: { claimName: "c", readOnly: true } }), true);
  assert.equal(of({ persistentVolumeClaim: { claimName: "c" } }), false);
  assert.equal(of({ emptyDir: {} }), false);
});

test("no volume is cloned from a repository, whose hooks would run on the node (CVE-2024-10220)", async () => {
  const { volumes } = bench();
  const gitRepo = { repository: "https://git.example/x", directory: ".git" };
  await assert.rejects(volumes.setUp(pod([{ gitRepo }])), /of a kind that this kubelet does not serve: gitRepo/);
});
