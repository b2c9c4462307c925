import type { Image, LinuxContainerSecurityContext, NamespaceOption, SecurityProfile } from "@dingi/cri";
import type {
  V1AppArmorProfile,
  V1Container,
  V1Pod,
  V1SeccompProfile,
  V1SecurityContext,
  V1SELinuxOptions,
} from "@dingi/api";
import { ContainerConfigError } from "./environment.ts";

const MASKED = [
  "/proc/asound",
  "/proc/acpi",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];
const READONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

export function namespaceOptions(pod: V1Pod): NamespaceOption {
  const { spec } = pod;
  return {
    network: spec.hostNetwork ? "NODE" : "POD",
    pid: spec.hostPID ? "NODE" : spec.shareProcessNamespace ? "POD" : "CONTAINER",
    ipc: spec.hostIPC ? "NODE" : "POD",
  };
}

function targeted(options: NamespaceOption, targetId: string | undefined): NamespaceOption {
  return targetId !== undefined && options.pid === "CONTAINER" ? { ...options, pid: "TARGET", targetId } : options;
}

/** How the pod's groups and those of the image's user go together. */
export function groupsPolicy({ spec }: V1Pod): Pick<LinuxContainerSecurityContext, "supplementalGroupsPolicy"> {
  const policy = spec.securityContext?.supplementalGroupsPolicy;
  return policy === "Merge" || policy === "Strict" ? { supplementalGroupsPolicy: policy } : {};
}

export function seLinuxOptions(
  wanted: V1SELinuxOptions | undefined,
): Pick<LinuxContainerSecurityContext, "selinuxOptions"> {
  if (!wanted) return {};
  const { user = "", role = "", type = "", level = "" } = wanted;
  return { selinuxOptions: { user, role, type, level } };
}

/** Upstream: pkg/security/apparmor/helpers.go#GetProfile */
export function appArmorProfileOf(pod: V1Pod, container: V1Container): V1AppArmorProfile | undefined {
  return container.securityContext?.appArmorProfile ?? pod.spec.securityContext?.appArmorProfile;
}

/** Upstream: pkg/kubelet/userns/userns_manager.go#GetOrCreateUserNamespaceMappings */
export function checkUserNamespace({ spec }: V1Pod, handler: string): void {
  if (spec.hostUsers !== false) return;
  const who = handler === "" ? "runtime" : `RuntimeClass handler ${JSON.stringify(handler)}`;
  throw new Error(`can't set \`spec.hostUsers: false\`, ${who} does not support user namespaces`);
}

export function isPrivileged(pod: V1Pod): boolean {
  return [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])].some(
    (container) => container.securityContext?.privileged,
  );
}

/** The container's settings over the pod's. Upstream: pkg/kubelet/kuberuntime/security_context.go */
export function containerSecurityContext(
  pod: V1Pod,
  container: V1Container,
  image: Image | undefined,
  targetId?: string,
): LinuxContainerSecurityContext {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const runAsUser = own.runAsUser ?? shared.runAsUser;
  const runAsGroup = own.runAsGroup ?? shared.runAsGroup;
  const groups = [...(shared.fsGroup === undefined ? [] : [shared.fsGroup]), ...(shared.supplementalGroups ?? [])];
  checkNonRoot(own.runAsNonRoot ?? shared.runAsNonRoot, runAsUser, image, container.name);
  const seccomp = profile(own.seccompProfile ?? shared.seccompProfile, own.privileged);
  const unmasked = own.privileged || own.procMount === "Unmasked";
  return {
    ...(own.privileged ? { privileged: true } : {}),
    namespaceOptions: targeted(namespaceOptions(pod), targetId),
    ...(runAsUser === undefined ? imageUser(image) : { runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    ...(own.readOnlyRootFilesystem ? { readonlyRootfs: true } : {}),
    supplementalGroups: groups,
    ...groupsPolicy(pod),
    ...seLinuxOptions(own.seLinuxOptions ?? shared.seLinuxOptions),
    ...appArmor(appArmorProfileOf(pod, container)),
    ...capabilitiesOf(own),
    noNewPrivs: own.allowPrivilegeEscalation === false,
    ...(unmasked ? {} : { maskedPaths: MASKED, readonlyPaths: READONLY }),
    ...(seccomp ? { seccomp } : {}),
  };
}

function profile(wanted: V1SeccompProfile | undefined, privileged: boolean | undefined): SecurityProfile | undefined {
  if (privileged) return { profileType: "Unconfined" };
  if (!wanted) return { profileType: "Unconfined" };
  if (wanted.type === "Localhost") {
    // Of a static pod, which nobody has validated: without a name it would be confined by nothing (CVE-2023-2431).
    if (!wanted.localhostProfile) throw new Error("localhostProfile must be set if seccompProfile type is Localhost.");
    return { profileType: "Localhost", localhostRef: `/var/lib/kubelet/seccomp/${wanted.localhostProfile}` };
  }
  return { profileType: wanted.type === "RuntimeDefault" ? "RuntimeDefault" : "Unconfined" };
}

function capabilitiesOf({ capabilities }: V1SecurityContext): Pick<LinuxContainerSecurityContext, "capabilities"> {
  if (!capabilities) return {};
  const { add: addCapabilities = [], drop: dropCapabilities = [] } = capabilities;
  return { capabilities: { addCapabilities, dropCapabilities } };
}

function appArmor(wanted: V1AppArmorProfile | undefined): Pick<LinuxContainerSecurityContext, "apparmor"> {
  if (!wanted) return {};
  const { type, localhostProfile } = wanted;
  if (type === "Localhost") return { apparmor: { profileType: "Localhost", localhostRef: localhostProfile ?? "" } };
  return { apparmor: { profileType: type === "RuntimeDefault" ? "RuntimeDefault" : "Unconfined" } };
}

function imageUser(image: Image | undefined): Pick<LinuxContainerSecurityContext, "runAsUser" | "runAsUsername"> {
  if (image?.uid !== undefined) return { runAsUser: image.uid };
  return image?.username ? { runAsUsername: image.username } : {};
}

function checkNonRoot(
  nonRoot: boolean | undefined,
  runAsUser: number | undefined,
  image: Image | undefined,
  name: string,
): void {
  if (!nonRoot) return;
  const user = runAsUser ?? image?.uid;
  const where = ` (container: ${name})`;
  if (user === 0) throw new ContainerConfigError(`container's runAsUser breaks non-root policy${where}`);
  if (user !== undefined) return;
  if (image?.username) {
    throw new ContainerConfigError(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root${where}`,
    );
  }
  throw new ContainerConfigError(`container has runAsNonRoot and image will run as root${where}`);
}
