import assert from "node:assert/strict";
import { test } from "node:test";
import type { Image } from "@dingi/cri";
import type { V1PodSecurityContext, V1PodSpec, V1SecurityContext } from "@dingi/api";
import { ContainerConfigError } from "./environment.ts";
import { checkUserNamespace, containerSecurityContext, isPrivileged, namespaceOptions } from "./security-context.ts";

interface Given {
  readonly own?: V1SecurityContext;
  readonly shared?: V1PodSecurityContext;
  readonly spec?: Partial<V1PodSpec>;
  readonly image?: Partial<Image>;
  readonly targetId?: string;
}

function podOf({ own, shared, spec }: Given) {
  const container = { name: "main", image: "i", ...(own ? { securityContext: own } : {}) };
  const pod = {
    metadata: { name: "p" },
    spec: { containers: [container], ...(shared ? { securityContext: shared } : {}), ...spec },
    status: {},
  };
  return { pod, container };
}
function contextOf(given: Given) {
  const { pod, container } = podOf(given);
  return containerSecurityContext(pod, container, given.image as Image | undefined, given.targetId);
}

test("without any settings a container is masked, unconfined and in namespaces of its own", () => {
  const { maskedPaths, readonlyPaths, ...rest } = contextOf({});
  assert.ok(maskedPaths?.includes("/proc/kcore") && readonlyPaths?.includes("/proc/sys"));
  assert.deepEqual(rest, {
    namespaceOptions: { network: "POD", pid: "CONTAINER", ipc: "POD" },
    supplementalGroups: [],
    noNewPrivs: false,
    seccomp: { profileType: "Unconfined" },
  });
});

test("a container's own settings come before the pod's", () => {
  const shared = {
    runAsUser: 1,
    runAsGroup: 2,
    fsGroup: 3,
    supplementalGroups: [4],
    seLinuxOptions: { level: "s0" },
    seccompProfile: { type: "RuntimeDefault" },
    appArmorProfile: { type: "RuntimeDefault" },
    supplementalGroupsPolicy: "Strict",
  };
  const fromPod = contextOf({ shared });
  assert.deepEqual([fromPod.runAsUser, fromPod.runAsGroup, fromPod.supplementalGroups], [1, 2, [3, 4]]);
  assert.deepEqual(fromPod.selinuxOptions, { user: "", role: "", type: "", level: "s0" });
  assert.equal(fromPod.supplementalGroupsPolicy, "Strict");
  assert.deepEqual([fromPod.seccomp?.profileType, fromPod.apparmor?.profileType], ["RuntimeDefault", "RuntimeDefault"]);
  const own = {
    runAsUser: 11,
    runAsGroup: 12,
    seLinuxOptions: { user: "u" },
    seccompProfile: { type: "Localhost", localhostProfile: "mine.json" },
    appArmorProfile: { type: "Localhost", localhostProfile: "mine" },
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    capabilities: { add: ["NET_ADMIN"] },
  };
  const mine = contextOf({ own, shared });
  assert.deepEqual([mine.runAsUser, mine.runAsGroup, mine.readonlyRootfs, mine.noNewPrivs], [11, 12, true, true]);
  assert.equal(mine.selinuxOptions?.user, "u");
  assert.deepEqual(mine.capabilities, { addCapabilities: ["NET_ADMIN"], dropCapabilities: [] });
  assert.deepEqual(mine.seccomp, { profileType: "Localhost", localhostRef: "/var/lib/kubelet/seccomp/mine.json" });
  assert.deepEqual(mine.apparmor, { profileType: "Localhost", localhostRef: "mine" });
  const unconfined = contextOf({
    own: { appArmorProfile: { type: "Unconfined" }, seccompProfile: { type: "Unconfined" } },
  });
  assert.deepEqual([unconfined.apparmor?.profileType, unconfined.seccomp?.profileType], ["Unconfined", "Unconfined"]);
  assert.equal(contextOf({ shared: { supplementalGroupsPolicy: "Other" } }).supplementalGroupsPolicy, undefined);
});

test("what is privileged, or says so, sees all of /proc", () => {
  const privileged = contextOf({ own: { privileged: true, seccompProfile: { type: "RuntimeDefault" } } });
  assert.deepEqual(
    [privileged.privileged, privileged.maskedPaths, privileged.seccomp],
    [true, undefined, { profileType: "Unconfined" }],
  );
  const unmasked = contextOf({ own: { procMount: "Unmasked" } });
  assert.deepEqual(
    [unmasked.privileged, unmasked.maskedPaths, unmasked.readonlyPaths],
    [undefined, undefined, undefined],
  );
  assert.equal(isPrivileged(podOf({ own: { privileged: true } }).pod), true);
  assert.equal(isPrivileged(podOf({}).pod), false);
  const initContainers = [{ name: "i", image: "i", securityContext: { privileged: true } }];
  assert.equal(isPrivileged(podOf({ spec: { initContainers } }).pod), true);
});

test("who is named nowhere is who the image says", () => {
  const userOf = (image: Partial<Image>, runAsUser?: number) => {
    const context = contextOf({ image, ...(runAsUser === undefined ? {} : { own: { runAsUser } }) });
    return [context.runAsUser, context.runAsUsername];
  };
  assert.deepEqual(userOf({ uid: 0 }), [0, undefined]);
  assert.deepEqual(userOf({ uid: 5, username: "x" }), [5, undefined]);
  assert.deepEqual(userOf({ username: "nginx" }), [undefined, "nginx"]);
  assert.deepEqual(userOf({ username: "" }), [undefined, undefined]);
  assert.deepEqual(userOf({ uid: 5 }, 7), [7, undefined]);
});

const NON_ROOT: readonly (readonly [string, Given, string | undefined])[] = [
  ["a user", { own: { runAsUser: 1 } }, undefined],
  ["root by its own", { own: { runAsUser: 0 } }, "container's runAsUser breaks non-root policy"],
  ["a user of the image", { image: { uid: 1 } }, undefined],
  ["root of the image", { image: { uid: 0 } }, "container's runAsUser breaks non-root policy"],
  ["a user of its own over the image's root", { own: { runAsUser: 1 }, image: { uid: 0 } }, undefined],
  [
    "a name of the image",
    { image: { username: "nginx" } },
    "container has runAsNonRoot and image has non-numeric user (nginx), cannot verify user is non-root",
  ],
  ["nobody", { image: {} }, "container has runAsNonRoot and image will run as root"],
];
for (const [what, given, complaint] of NON_ROOT)
  test(`as a container that may not be root, ${what} is ${complaint ? "refused" : "let in"}`, () => {
    const run = (where: Given) => () => contextOf({ ...given, ...where });
    const cases = [{ own: { ...given.own, runAsNonRoot: true } }, { shared: { runAsNonRoot: true } }];
    for (const where of cases)
      if (complaint) assert.throws(run(where), new ContainerConfigError(`${complaint} (container: main)`));
      else run(where)();
    run({ own: { ...given.own, runAsNonRoot: false }, shared: { runAsNonRoot: true } })();
  });

test("namespaces are the node's, the pod's or the container's, as the pod says", () => {
  const options = (spec: Partial<V1PodSpec>) => Object.values(namespaceOptions(podOf({ spec }).pod)).join(" ");
  assert.equal(options({ hostNetwork: true }), "NODE CONTAINER POD");
  assert.equal(options({ hostPID: true, shareProcessNamespace: true }), "POD NODE POD");
  assert.equal(options({ shareProcessNamespace: true }), "POD POD POD");
  assert.equal(options({ hostIPC: true }), "POD CONTAINER NODE");
  const target = (spec: Partial<V1PodSpec>) => contextOf({ spec, targetId: "t" }).namespaceOptions;
  assert.deepEqual(target({}), { network: "POD", pid: "TARGET", ipc: "POD", targetId: "t" });
  assert.equal(target({ hostPID: true })?.pid, "NODE");
});

test("a user namespace is refused, and it is said who cannot do it", () => {
  const check = (hostUsers: boolean | undefined, handler: string) => () =>
    checkUserNamespace(podOf({ spec: hostUsers === undefined ? {} : { hostUsers } }).pod, handler);
  check(undefined, "")();
  check(true, "")();
  assert.throws(check(false, ""), /runtime does not support user namespaces/);
  assert.throws(check(false, "gvisor"), /RuntimeClass handler "gvisor" does not support user namespaces/);
});
