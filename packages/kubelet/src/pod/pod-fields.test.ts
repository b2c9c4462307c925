import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerConfig, PodSandboxConfig } from "@dingi/cri";
import type { V1Container, V1Pod } from "@dingi/api";
import { containerOf, PodScenario, type PodScenarioOptions } from "./pod-scenario.ts";

interface Asked {
  readonly sandbox: PodSandboxConfig | undefined;
  readonly handler: string | undefined;
  readonly container: ContainerConfig | undefined;
  readonly scenario: PodScenario;
}

/** What the runtime is asked for. */
async function ask(
  spec: Partial<V1Pod["spec"]>,
  container: Partial<V1Container> = {},
  more: Omit<PodScenarioOptions, "spec"> = {},
): Promise<Asked> {
  const asked: { sandbox?: PodSandboxConfig; handler?: string | undefined; container?: ContainerConfig } = {};
  await using scenario = new PodScenario({
    spec: { containers: [containerOf(container)], ...spec },
    ...more,
    runtime: {
      runPodSandbox: (run, config, options) => {
        asked.sandbox = config;
        asked.handler = options?.runtimeHandler;
        return run(config, options);
      },
      createContainer: (create, id, config, options) => {
        asked.container = config;
        return create(id, config, options);
      },
    },
  });
  await scenario.pass(1);
  return { sandbox: asked.sandbox, handler: asked.handler, container: asked.container, scenario };
}

test("hostUsers: false is refused where user namespaces cannot be made", async () => {
  const { scenario, sandbox } = await ask({ hostUsers: false });
  assert.equal(sandbox, undefined);
  assert.deepEqual(scenario.eventsOf("FailedCreatePodSandBox").slice(0, 1), [
    "Warning FailedCreatePodSandBox: Failed to create pod sandbox: can't set `spec.hostUsers: false`, runtime does not support user namespaces",
  ]);
  assert.notEqual((await ask({ hostUsers: true })).sandbox, undefined);
});

test("setHostnameAsFQDN makes the full name the kernel's, if there is room for it", async () => {
  const named = { hostname: "h", subdomain: "s" };
  assert.equal((await ask({ ...named, setHostnameAsFQDN: true })).sandbox?.hostname, "h.s.default.svc.cluster.local");
  assert.equal((await ask(named)).sandbox?.hostname, "h");
  assert.equal((await ask({ ...named, hostnameOverride: "o", setHostnameAsFQDN: true })).sandbox?.hostname, "o");
  const { scenario } = await ask({ hostname: "h".repeat(60), subdomain: "s", setHostnameAsFQDN: true });
  assert.match(
    scenario.eventsOf("FailedCreatePodSandBox")[0]!,
    /failed to construct FQDN from pod hostname and cluster domain, FQDN h+\.s\.default\.svc\.cluster\.local is too long \(64 characters is the max, 88 characters requested\)$/,
  );
});

test("a pod on the node's network has the node's hosts file with its aliases", async () => {
  const files = { "/etc/hosts": "192.0.2.1 node\n" };
  const hostAliases = [{ ip: "1.2.3.4", hostnames: ["a", "b"] }];
  const { container, scenario } = await ask({ hostNetwork: true, hostAliases }, {}, { files });
  const mount = container?.mounts?.find(({ containerPath }) => containerPath === "/etc/hosts");
  assert.equal(
    await scenario.host.readTail(mount!.hostPath, 1000),
    "# Kubernetes-managed hosts file (host network).\n192.0.2.1 node\n\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n",
  );
});

test("the RuntimeClass's handler makes the sandbox", async () => {
  const runtimeClasses = { gvisor: "runsc" };
  assert.equal((await ask({ runtimeClassName: "gvisor" }, {}, { runtimeClasses })).handler, "runsc");
  assert.equal((await ask({})).handler, undefined);
  const { scenario, sandbox } = await ask({ runtimeClassName: "other" }, {}, { runtimeClasses });
  assert.equal(sandbox, undefined);
  assert.match(scenario.eventsOf("FailedCreatePodSandBox")[0]!, /"other" not found$/);
});

test("security settings of pod and container reach the runtime, the container's over the pod's", async () => {
  const securityContext = {
    seLinuxOptions: { level: "s0" },
    appArmorProfile: { type: "RuntimeDefault" },
    supplementalGroupsPolicy: "Strict",
    sysctls: [{ name: "net/ipv4/tcp_syncookies", value: "1" }],
  };
  const { sandbox, container } = await ask(
    { securityContext, overhead: { cpu: "100m", memory: "10Mi" } },
    { securityContext: { appArmorProfile: { type: "Localhost", localhostProfile: "own" } } },
  );
  assert.deepEqual(sandbox?.linux?.sysctls, { "net.ipv4.tcp_syncookies": "1" });
  assert.deepEqual(sandbox?.linux?.overhead, {
    cpuShares: 102,
    cpuPeriod: 100_000,
    cpuQuota: 10_000,
    memoryLimitInBytes: 10 * 2 ** 20,
  });
  const selinuxOptions = { user: "", role: "", type: "", level: "s0" };
  assert.deepEqual(sandbox?.linux?.securityContext?.selinuxOptions, selinuxOptions);
  assert.equal(sandbox?.linux?.securityContext?.supplementalGroupsPolicy, "Strict");
  const given = container?.linux?.securityContext;
  assert.deepEqual(given?.selinuxOptions, selinuxOptions);
  assert.equal(given?.supplementalGroupsPolicy, "Strict");
  assert.deepEqual(given?.apparmor, { profileType: "Localhost", localhostRef: "own" });
});

const DATA = { name: "data", emptyDir: {} };

test("a variable comes from a file that a container before has written", async () => {
  const from = (key: string, optional = false) => ({
    fileKeyRef: { volumeName: "data", path: "config.env", key, optional },
  });
  const file = "/var/lib/kubelet/pods/uid/volumes/kubernetes.io~empty-dir/data/config.env";
  const env = [
    { name: "HOST", valueFrom: from("DB_HOST") },
    { name: "PORT", valueFrom: from("DB_PORT", true) },
  ];
  const files = { [file]: "DB_HOST='db'\n" };
  const { container } = await ask({ volumes: [DATA] }, { env }, { files });
  assert.deepEqual(container?.envs, [{ key: "HOST", value: "db" }]);

  const waitingOf = async (key: string, content?: string) => {
    const asked = { env: [{ name: "X", valueFrom: from(key) }] };
    const given = content === undefined ? {} : { [file]: content };
    return (await ask({ volumes: [DATA] }, asked, { files: given })).scenario.container().state?.waiting;
  };
  const reason = "CreateContainerConfigError";
  assert.deepEqual(await waitingOf("LOST", "A='1'"), {
    reason,
    message: 'environment variable key "LOST" not found in file "config.env"',
  });
  assert.deepEqual(await waitingOf("A"), { reason, message: "couldn't parse env file" });
  assert.deepEqual(await waitingOf("A", "hunter2"), { reason, message: "couldn't parse env file" });
});

test("mounts below a read-only mount are read-only where the runtime can do that", async () => {
  const mounted = (recursiveReadOnly: string, more: object = { readOnly: true }) => ({
    volumeMounts: [{ name: "data", mountPath: "/data", recursiveReadOnly, ...more }],
  });
  const able = { features: { recursiveReadOnlyMounts: new Set([""]) } };
  const ofMount = ({ container }: Asked) => container?.mounts?.[0]?.recursiveReadOnly;
  assert.equal(ofMount(await ask({ volumes: [DATA] }, mounted("Enabled"), able)), true);
  assert.equal(ofMount(await ask({ volumes: [DATA] }, mounted("IfPossible"), able)), true);
  assert.equal(ofMount(await ask({ volumes: [DATA] }, mounted("IfPossible"))), undefined);
  assert.equal(ofMount(await ask({ volumes: [DATA] }, mounted("Disabled"), able)), undefined);
  const { scenario } = await ask({ volumes: [DATA] }, mounted("Enabled"));
  assert.deepEqual(scenario.container().state?.waiting, {
    reason: "CreateContainerConfigError",
    message:
      'failed to resolve recursive read-only mode: volume "data" requested recursive read-only mode, but it is not supported by the runtime',
  });
});

test("a block device that no volume gives is not left out in silence", async () => {
  const { scenario } = await ask({}, { volumeDevices: [{ name: "disk", devicePath: "/dev/x" }] });
  assert.equal(scenario.container().state?.waiting?.message, 'cannot find volume "disk" to pass into container "main"');
});

test("a pod that the node refuses has failed, and why is told once", async () => {
  const refuse = { reason: "AppArmor", message: "Cannot enforce AppArmor" };
  const { scenario, sandbox } = await ask({}, {}, { refuse });
  assert.equal(sandbox, undefined);
  const { phase, reason, message } = scenario.pod.status;
  assert.deepEqual([phase, reason, message], ["Failed", "AppArmor", "Pod was rejected: Cannot enforce AppArmor"]);
  assert.deepEqual(scenario.events, ["Warning AppArmor: Cannot enforce AppArmor"]);
});

test("a volume that cannot be had is tried again after half a second, then ever more rarely", async () => {
  const configMaps = new Map();
  const tries: number[] = [];
  await using scenario = new PodScenario({
    spec: { containers: [containerOf()], volumes: [{ name: "config", configMap: { name: "late" } }] },
    configMaps,
  });
  for (let second = 0; second <= 600; second++) {
    await scenario.pass(second === 0 ? 0 : 1);
    for (let more = scenario.eventsOf("FailedMount").length - tries.length; more > 0; more--) tries.push(second);
  }
  const why = 'MountVolume.SetUp failed for volume "config" : configmap "late" not found';
  assert.equal(scenario.eventsOf("FailedMount")[0], `Warning FailedMount: ${why}`);
  assert.deepEqual(tries.slice(0, 8), [0, 1, 2, 4, 8, 16, 32, 64]);
  assert.ok(tries.length <= 16, `tried at ${tries.join(", ")}`);
  configMaps.set("late", { data: { a: "b" } });
  scenario.poke();
  await scenario.pass(1);
  assert.notEqual(scenario.container().state?.running, undefined);
  configMaps.delete("late");
  await scenario.cri.runtime.stopContainer(scenario.container().containerID!.replace(/.*:\/\//, ""), 0);
  const before = scenario.eventsOf("FailedMount").length;
  await scenario.pass(4);
  assert.equal(scenario.eventsOf("FailedMount").length - before, 4, "it begins anew with half a second");
});

test("a sandbox that is gone is made anew, and that is told", async () => {
  await using scenario = new PodScenario({ spec: { containers: [containerOf()] } });
  await scenario.pass(1);
  assert.deepEqual(scenario.eventsOf("SandboxChanged"), []);
  const [sandbox] = await scenario.cri.runtime.listPodSandbox();
  await scenario.cri.runtime.stopPodSandbox(sandbox!.id);
  await scenario.pass(1);
  assert.deepEqual(scenario.eventsOf("SandboxChanged"), [
    "Normal SandboxChanged: Pod sandbox changed, it will be killed and re-created.",
  ]);
  assert.equal(scenario.count("runPodSandbox"), 2);
});
