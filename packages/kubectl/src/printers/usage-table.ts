import { addQuantity, quantityMilliValue, quantityValue } from "@dingi/apimachinery";
import { TabWriter } from "./tab-writer.ts";

type ResourceList = Readonly<Record<string, string>>;

export interface NodeUsage {
  readonly metadata: { readonly name: string };
  readonly usage: ResourceList;
}

export interface PodUsage {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly containers: readonly { readonly name: string; readonly usage: ResourceList }[];
}

/** "cpu" or "memory"; names when absent. */
interface UsageOptions {
  readonly sortBy: string | undefined;
  readonly hasHeaders: boolean;
  readonly hasSwap: boolean;
}

const MIB = 1024 * 1024;
const UNKNOWN = "<unknown>";

const measured = (hasSwap: boolean): string[] => ["cpu", "memory", ...(hasSwap ? ["swap"] : [])];

/** What is available of a node; undefined for what a node does not tell of. */
export type Available = ReadonlyMap<string, Readonly<Record<string, string | undefined>>>;

/** Nodes of which nothing is known come last. Upstream: kubectl/pkg/metricsutil/metrics_printer.go#PrintNodeMetrics */
export function nodeTable(nodes: readonly NodeUsage[], available: Available, options: UsageOptions): string {
  if (nodes.length === 0) return "";
  const resources = measured(options.hasSwap);
  const known = new Set(nodes.map(({ metadata }) => metadata.name));
  const lines = sorted(nodes, options, ({ usage }) => usage).map(({ metadata: { name }, usage }) => [
    name,
    ...resources.flatMap((resource) => nodeCells(resource, usage, available.get(name))),
  ]);
  const unknown = [...available.keys()].filter((name) => !known.has(name));
  const missing = unknown.map((name) => [name, ...resources.flatMap(() => [UNKNOWN, UNKNOWN])]);
  const swap = options.hasSwap ? ["SWAP(bytes)", "SWAP(%)"] : [];
  const headers = ["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)", ...swap];
  return table([...(options.hasHeaders ? [headers] : []), ...lines, ...missing]);
}

function nodeCells(resource: string, usage: ResourceList, available: ResourceListOfNode | undefined): string[] {
  const whole = available?.[resource];
  if (resource === "swap" && available && whole === undefined) return [UNKNOWN, UNKNOWN];
  const used = usage[resource] ?? "0";
  return whole === undefined ? [shown(resource, used)] : [shown(resource, used), percent(used, whole)];
}

type ResourceListOfNode = Readonly<Record<string, string | undefined>>;

function percent(used: string, whole: string): string {
  const all = quantityMilliValue(whole);
  return `${all === 0 ? 0 : Math.trunc((quantityMilliValue(used) / all) * 100)}%`;
}

interface PodTableOptions extends UsageOptions {
  readonly hasContainers: boolean;
  readonly hasNamespace: boolean;
  readonly hasSum: boolean;
}

/** Upstream: kubectl/pkg/metricsutil/metrics_printer.go#PrintPodMetrics */
export function podTable(pods: readonly PodUsage[], options: PodTableOptions): string {
  if (pods.length === 0) return "";
  const { hasContainers, hasNamespace, hasHeaders, hasSum, hasSwap, sortBy } = options;
  const resources = measured(hasSwap);
  const cells = (usage: ResourceList) => resources.map((resource) => shown(resource, usage[resource] ?? "0"));
  const place = ({ metadata }: PodUsage) => (hasNamespace ? [metadata.namespace ?? ""] : []);
  const inOrder = sorted(pods, options, sumOf);
  const lines = inOrder.flatMap((pod) => {
    if (!hasContainers) return [[...place(pod), pod.metadata.name, ...cells(sumOf(pod))]];
    const containers = pod.containers.map(({ name, usage }) => ({ metadata: { name }, usage }));
    return sorted(containers, { sortBy }, ({ usage }) => usage).map(({ metadata: { name }, usage }) => [
      ...place(pod),
      pod.metadata.name,
      name,
      ...cells(usage),
    ]);
  });
  const columns = ["NAME", "CPU(cores)", "MEMORY(bytes)", ...(hasSwap ? ["SWAP(bytes)"] : [])];
  const before = [...(hasNamespace ? ["NAMESPACE"] : []), ...(hasContainers ? ["POD"] : [])];
  // Upstream counts the columns in front of the names with the headers only.
  const width = columns.length + (hasHeaders ? before.length : 0);
  const total = pods.flatMap(({ containers }) => containers).reduce(addUsage(resources), {});
  const sums = [
    [...Array<string>(width - 2).fill(""), "________", "________"],
    [...Array<string>(width - 3).fill(""), "", ...cells(total)],
  ];
  return table([...(hasHeaders ? [[...before, ...columns]] : []), ...lines, ...(hasSum ? sums : [])]);
}

function sumOf({ containers }: PodUsage): ResourceList {
  return containers.reduce(addUsage(["cpu", "memory", "swap"]), {});
}

function addUsage(resources: readonly string[]) {
  return (sum: ResourceList, { usage }: { readonly usage: ResourceList }): ResourceList =>
    Object.fromEntries(resources.map((name) => [name, addQuantity(sum[name] ?? "0", usage[name] ?? "0")]));
}

/** Every cell ends in a tab, so that the last column is padded, too. */
function table(rows: readonly (readonly string[])[]): string {
  return new TabWriter().format(rows.map((row) => [...row, ""]));
}

function shown(resource: string, quantity: string): string {
  if (resource === "cpu") return `${quantityMilliValue(quantity)}m`;
  return `${Math.trunc(quantityValue(quantity) / MIB)}Mi`;
}

/** What uses most comes first; by names without a resource. */
function sorted<T extends { readonly metadata: { readonly name: string; readonly namespace?: string } }>(
  all: readonly T[],
  { sortBy, hasNamespace = false }: Pick<UsageOptions, "sortBy"> & { readonly hasNamespace?: boolean },
  usageOf: (one: T) => ResourceList,
): T[] {
  if (sortBy) {
    const used = (one: T) => quantityMilliValue(usageOf(one)[sortBy] ?? "0");
    return all.toSorted((a, b) => used(b) - used(a));
  }
  const key = ({ metadata }: T) => `${hasNamespace ? metadata.namespace : ""}\0${metadata.name}`;
  return all.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
