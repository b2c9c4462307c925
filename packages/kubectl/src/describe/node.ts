import { podLimits, podRequests, type V1Pod } from "@dingi/api";
import {
  addQuantity,
  canonicalQuantity,
  quantityMilliValue,
  quantityValue,
  translateTimestampSince,
} from "@dingi/apimachinery";
import { at, listAt, mapAt, textAt, type AnyObject } from "../json.ts";
import type { DescribeContext } from "./describer.ts";
import { describeTaints, labelsAndAnnotations, longTime } from "./metadata.ts";
import type { TabbedText } from "./tabbed-text.ts";

type Quantities = Readonly<Record<string, string>>;

const ROLE = "node-role.kubernetes.io/";
const INFO = [
  ["Machine ID", "machineID"],
  ["System UUID", "systemUUID"],
  ["Boot ID", "bootID"],
  ["Kernel Version", "kernelVersion"],
  ["OS Image", "osImage"],
  ["Operating System", "operatingSystem"],
  ["Architecture", "architecture"],
  ["Container Runtime Version", "containerRuntimeVersion"],
  ["Kubelet Version", "kubeletVersion"],
] as const;

/** Upstream: kubectl/pkg/describe/describe.go#describeNode */
export function describeNode(text: TabbedText, node: AnyObject, { pods, lease, now }: DescribeContext): void {
  text.line(0, `Name:\t${node.metadata.name}`);
  text.line(0, `Roles:\t${rolesOf(node).join(",") || "<none>"}`);
  labelsAndAnnotations(text, node);
  text.line(0, `CreationTimestamp:\t${longTime(node.metadata.creationTimestamp ?? "")}`);
  describeTaints(text, "Taints", listAt(node, "spec", "taints"));
  text.line(0, `Unschedulable:\t${at(node, "spec", "unschedulable") === true}`);
  describeLease(text, node.metadata.name, lease);
  conditions(text, node);
  text.line(0, "Addresses:");
  for (const address of listAt(node, "status", "addresses"))
    text.line(1, `${textAt(address, "type")}:\t${textAt(address, "address")}`);
  for (const [title, field] of [
    ["Capacity", "capacity"],
    ["Allocatable", "allocatable"],
  ] as const)
    quantities(text, title, mapAt(node, "status", field));
  text.line(0, "System Info:");
  for (const [title, field] of INFO) text.line(1, `${title}:\t${textAt(node, "status", "nodeInfo", field)}`);
  if (textAt(node, "spec", "podCIDR") !== "") text.line(0, `PodCIDR:\t${textAt(node, "spec", "podCIDR")}`);
  const ranges = at(node, "spec", "podCIDRs");
  if (Array.isArray(ranges) && ranges.length > 0) text.line(0, `PodCIDRs:\t${ranges.join(",")}`);
  if (textAt(node, "spec", "providerID") !== "") text.line(0, `ProviderID:\t${textAt(node, "spec", "providerID")}`);
  describePods(text, { node, pods, now });
}

function rolesOf({ metadata }: AnyObject): string[] {
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([label, value]) => {
    if (label.startsWith(ROLE) && label.length > ROLE.length) return [label.slice(ROLE.length)];
    return label === "kubernetes.io/role" && value !== "" ? [value] : [];
  });
  return [...new Set(roles)].sort();
}

function describeLease(text: TabbedText, name: string, lease: AnyObject | undefined): void {
  if (!lease) return text.line(0, `Lease:\tFailed to get lease: leases.coordination.k8s.io "${name}" not found`);
  text.line(0, "Lease:");
  const time = (field: string) =>
    textAt(lease, "spec", field) === "" ? "<unset>" : longTime(textAt(lease, "spec", field));
  text.line(1, `HolderIdentity:\t${textAt(lease, "spec", "holderIdentity") || "<unset>"}`);
  text.line(1, `AcquireTime:\t${time("acquireTime")}`);
  text.line(1, `RenewTime:\t${time("renewTime")}`);
}

function conditions(text: TabbedText, node: AnyObject): void {
  const all = listAt(node, "status", "conditions");
  if (all.length === 0) return;
  text.write(0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n");
  text.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
  for (const condition of all) {
    const [type, status, beat, change, reason, message] = [
      "type",
      "status",
      "lastHeartbeatTime",
      "lastTransitionTime",
      "reason",
      "message",
    ].map((field) => textAt(condition, field)) as [string, string, string, string, string, string];
    text.line(1, `${type} \t${status} \t${longTime(beat)} \t${longTime(change)} \t${reason} \t${message}`);
  }
}

function quantities(text: TabbedText, title: string, values: Quantities): void {
  const entries = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return;
  text.line(0, `${title}:`);
  for (const [name, value] of entries) text.line(1, `${name}:\t${value}`);
}

/** Upstream: kubectl/pkg/describe/describe.go#describeNodeResource */
function describePods(
  text: TabbedText,
  { node, pods, now }: { node: AnyObject; pods: readonly AnyObject[]; now: number },
): void {
  const capacity = mapAt(node, "status", "capacity");
  const allocatable =
    Object.keys(mapAt(node, "status", "allocatable")).length > 0 ? mapAt(node, "status", "allocatable") : capacity;
  text.line(0, `Non-terminated Pods:\t(${pods.length} in total)`);
  text.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
  text.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
  let [requests, limits]: [Quantities, Quantities] = [{}, {}];
  for (const pod of pods) {
    // What the server sent is a whole Pod.
    const typed = pod as unknown as V1Pod;
    const [asked, limited] = [podRequests(typed, { useStatus: true }), podLimits(typed, { useStatus: true })];
    const share = (name: string, from: Quantities) => shareText(name, from, allocatable);
    const { namespace, name, creationTimestamp } = pod.metadata;
    text.line(
      1,
      `${namespace}\t${name}\t\t${share("cpu", asked)}\t${share("cpu", limited)}\t${share("memory", asked)}\t${share("memory", limited)}\t${translateTimestampSince(creationTimestamp, now)}`,
    );
    requests = sum(requests, podRequests(typed));
    limits = sum(limits, podLimits(typed));
  }
  totals(text, { requests, limits, allocatable });
}

function totals(
  text: TabbedText,
  { requests, limits, allocatable }: { requests: Quantities; limits: Quantities; allocatable: Quantities },
): void {
  text.write(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n");
  text.line(1, "Resource\tRequests\tLimits");
  text.line(1, "--------\t--------\t------");
  const names = Object.keys(allocatable).sort();
  const huge = names.filter((name) => name.startsWith("hugepages-"));
  for (const name of ["cpu", "memory", "ephemeral-storage", ...huge])
    text.line(1, `${name}\t${shareText(name, requests, allocatable)}\t${shareText(name, limits, allocatable)}`);
  const standard = new Set(["cpu", "memory", "ephemeral-storage", "pods", ...huge]);
  for (const name of names.filter((each) => !standard.has(each)))
    text.line(1, `${name}\t${requests[name] ?? "0"}\t${limits[name] ?? "0"}`);
}

/** "250m (12%)" */
function shareText(name: string, from: Quantities, allocatable: Quantities): string {
  const quantity = from[name] ?? "0";
  const size = (text: string) => (name === "cpu" ? quantityMilliValue(text) : quantityValue(text));
  const whole = size(allocatable[name] ?? "0");
  const percent = whole === 0 ? 0 : Math.trunc((size(quantity) / whole) * 100);
  return `${canonicalQuantity(quantity)} (${percent}%)`;
}

function sum(a: Quantities, b: Quantities): Quantities {
  const total: Record<string, string> = { ...a };
  for (const [name, value] of Object.entries(b))
    total[name] = total[name] === undefined ? value : addQuantity(total[name], value);
  return total;
}
