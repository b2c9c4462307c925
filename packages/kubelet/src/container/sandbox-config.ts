import type { DnsConfig, PodSandboxConfig, PortMapping } from "@dingi/cri";
import type { V1Pod } from "@dingi/api";
import { podLabels } from "./container-config.ts";
import { overheadResources, podCgroup } from "./resources.ts";
import { groupsPolicy, isPrivileged, namespaceOptions, seLinuxOptions } from "./security-context.ts";
import { normalSysctl } from "./sysctls.ts";

export interface DnsSettings {
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  /** The node's own resolver, for pods that do not ask the cluster's. */
  readonly node: DnsConfig;
}

const HOST_NAME_LIMIT = 63;
/** What the kernel has room for. */
const FULL_NAME_LIMIT = 64;

export function podLogDirectory(pod: V1Pod): string {
  const { namespace, name, uid } = pod.metadata;
  return `/var/log/pods/${namespace}_${name}_${uid}`;
}

/** Upstream: pkg/kubelet/kubelet_pods.go#GeneratePodHostNameAndDomain */
export function podHostname(pod: V1Pod): string {
  return (pod.spec.hostnameOverride ?? pod.spec.hostname ?? pod.metadata.name ?? "")
    .slice(0, HOST_NAME_LIMIT)
    .replace(/[-.]+$/, "");
}

/** Undefined for a pod without a domain: one whose host name is overridden is in none. */
export function podFullName(pod: V1Pod, clusterDomain: string): string | undefined {
  const { subdomain, hostnameOverride } = pod.spec;
  return subdomain && hostnameOverride === undefined
    ? `${podHostname(pod)}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}`
    : undefined;
}

/** What the kernel calls the pod. Upstream: pkg/kubelet/util/util.go#GetNodenameForKernel */
function kernelHostname(pod: V1Pod, clusterDomain: string): string {
  const full = pod.spec.setHostnameAsFQDN ? podFullName(pod, clusterDomain) : undefined;
  if (full === undefined) return podHostname(pod);
  if (full.length <= FULL_NAME_LIMIT) return full;
  throw new Error(
    `failed to construct FQDN from pod hostname and cluster domain, FQDN ${full} is too long (${FULL_NAME_LIMIT} characters is the max, ${full.length} characters requested)`,
  );
}

interface SandboxConfigInput {
  readonly pod: V1Pod;
  readonly attempt: number;
  readonly dns: DnsSettings;
  readonly cgroupRoot: string;
}

/** Throws for a pod that the kernel or this node cannot give what it asks for. */
export function makeSandboxConfig({ pod, attempt, dns, cgroupRoot }: SandboxConfigInput): PodSandboxConfig {
  const { name = "", namespace = "", uid = "" } = pod.metadata;
  const { securityContext = {} } = pod.spec;
  const groups = [
    ...(securityContext.fsGroup === undefined ? [] : [securityContext.fsGroup]),
    ...(securityContext.supplementalGroups ?? []),
  ];
  return {
    metadata: { name, namespace, uid, attempt },
    hostname: pod.spec.hostNetwork ? "" : kernelHostname(pod, dns.clusterDomain),
    logDirectory: podLogDirectory(pod),
    dnsConfig: podDns(pod, dns),
    portMappings: portMappings(pod),
    labels: podLabels(pod),
    annotations: { ...pod.metadata.annotations },
    linux: {
      cgroupParent: podCgroup(cgroupRoot, pod),
      // The kernel's names have dots, whichever way a pod writes them.
      sysctls: Object.fromEntries(
        (securityContext.sysctls ?? []).map(({ name: key, value }) => [normalSysctl(key), value]),
      ),
      ...(pod.spec.overhead ? { overhead: overheadResources(pod.spec.overhead) } : {}),
      securityContext: {
        namespaceOptions: namespaceOptions(pod),
        privileged: isPrivileged(pod),
        supplementalGroups: groups,
        ...groupsPolicy(pod),
        ...seLinuxOptions(securityContext.seLinuxOptions),
        ...(securityContext.runAsUser === undefined ? {} : { runAsUser: securityContext.runAsUser }),
        ...(securityContext.runAsGroup === undefined ? {} : { runAsGroup: securityContext.runAsGroup }),
        seccomp: { profileType: "RuntimeDefault" },
      },
    },
  };
}

/** Upstream: pkg/kubelet/network/dns/dns.go#GetPodDNS */
export function podDns(pod: V1Pod, dns: DnsSettings): DnsConfig {
  const base = baseDns(pod, dns);
  const own = pod.spec.dnsConfig;
  if (!own) return base;
  const options = new Map((base.options ?? []).map((option) => [option.split(":")[0]!, option]));
  for (const { name = "", value } of own.options ?? []) options.set(name, value ? `${name}:${value}` : name);
  return {
    servers: unique([...(base.servers ?? []), ...(own.nameservers ?? [])]),
    searches: unique([...(base.searches ?? []), ...(own.searches ?? [])]),
    options: [...options.values()],
  };
}

function baseDns(pod: V1Pod, dns: DnsSettings): DnsConfig {
  const policy = pod.spec.dnsPolicy ?? "ClusterFirst";
  if (policy === "None") return {};
  const cluster = policy === "ClusterFirstWithHostNet" || (policy === "ClusterFirst" && !pod.spec.hostNetwork);
  if (!cluster) return dns.node;
  const { namespace } = pod.metadata;
  const searches = [`${namespace}.svc.${dns.clusterDomain}`, `svc.${dns.clusterDomain}`, dns.clusterDomain];
  return {
    servers: dns.clusterDns,
    searches: unique([...searches, ...(dns.node.searches ?? [])]),
    options: ["ndots:5"],
  };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

function portMappings(pod: V1Pod): PortMapping[] {
  if (pod.spec.hostNetwork) return [];
  const containers = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])];
  return containers.flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort, containerPort, protocol = "TCP", hostIP }) =>
      hostPort
        ? [
            {
              protocol: protocol as PortMapping["protocol"],
              containerPort,
              hostPort,
              ...(hostIP ? { hostIp: hostIP } : {}),
            },
          ]
        : [],
    ),
  );
}
