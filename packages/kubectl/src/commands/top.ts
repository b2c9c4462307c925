import {
  formatDuration,
  groupOf,
  parseFieldSelector,
  parseLabelSelector,
  quantityFromValue,
  versionOf,
} from "@dingi/apimachinery";
import { CommandError, UsageError } from "../command-error.ts";
import { flag, isSet, type Flags } from "../flags.ts";
import { at, type AnyObject } from "../json.ts";
import { nodeTable, podTable, type Available, type NodeUsage, type PodUsage } from "../printers/usage-table.ts";
import type { Session } from "../session.ts";
import type { AddCommand } from "./command.ts";

const GROUP = "metrics.k8s.io";
const VERSIONS = ["v1", "v1beta1"];
/** What is younger may not have been measured yet. */
const DELAY_MS = 2 * 60_000;
const NOT_YET = "metrics not available yet";

/** Upstream: kubectl/pkg/cmd/top */
export const addTop: AddCommand = (program, run) => {
  const top = program.command("top").description("Display resource (CPU/memory) usage");
  const common = (name: string, aliases: readonly string[], words: string) =>
    top
      .command(name)
      .aliases(aliases)
      .description(`Display resource (CPU/memory) usage of ${words}`)
      .argument("[names...]", `[NAME | -l label]`)
      .option("-l, --selector <selector>", "label selector")
      .option("--sort-by <resource>", "cpu or memory")
      .option("--no-headers", "print no headers")
      // Which form travels is not seen by anybody: ours is JSON.
      .option("--use-protocol-buffers [bool]", "accepted")
      .option("--show-swap", "print what is used of swap, too");
  common("node", ["nodes", "no"], "nodes")
    .option("--show-capacity", "shares of capacity in place of what is allocatable")
    .action(run(topNode));
  common("pod", ["pods", "po"], "pods")
    .option("--field-selector <selector>", "field selector")
    .option("--containers", "print containers")
    .option("-A, --all-namespaces", "in all namespaces")
    .option("--sum", "print the sum")
    .action(run(topPod));
};

interface Choice {
  readonly name: string | undefined;
  readonly selector: string | undefined;
  readonly sortBy: string | undefined;
}

function choiceOf(
  words: readonly string[],
  flags: Flags,
  { kind, refusal }: { kind: string; refusal: string },
): Choice {
  const [name, ...more] = words;
  if (more.length > 0)
    throw new UsageError(`${kind} [NAME | -l label]`, `See 'kubectl top ${kind} -h' for help and examples`);
  const sortBy = flag(flags, "sortBy");
  if (!["", "cpu", "memory"].includes(sortBy ?? "")) throw new CommandError("--sort-by accepts only cpu or memory");
  const selector = flag(flags, "selector") || undefined;
  const isSelected = selector !== undefined || Boolean(flag(flags, "fieldSelector"));
  if (name && isSelected) throw new CommandError(refusal);
  return { name, selector: selector && parseLabelSelector(selector).toString(), sortBy: sortBy || undefined };
}

/** The first version that is served of those we know. */
async function rootOf(session: Session): Promise<string> {
  const { apiVersions } = await session.discovery();
  const served = apiVersions.filter((apiVersion) => groupOf(apiVersion) === GROUP).map(versionOf);
  const version = served.find((one) => VERSIONS.includes(one));
  if (version === undefined) throw new CommandError("Metrics API not available");
  return `/apis/${GROUP}/${version}`;
}

async function itemsOf<T>(
  session: Session,
  path: string,
  { name, selector }: Omit<Choice, "sortBy">,
): Promise<readonly T[]> {
  if (name) return [await session.call<T>(`${path}/${encodeURIComponent(name)}`)];
  const list = await session.call<{ items?: readonly T[] | null }>(path, { query: { labelSelector: selector } });
  return list.items ?? [];
}

async function topNode(session: Session, words: readonly string[], flags: Flags): Promise<void> {
  const choice = choiceOf(words, flags, { kind: "node", refusal: "only one of NAME or --selector can be provided" });
  const metrics = await itemsOf<NodeUsage>(session, `${await rootOf(session)}/nodes`, choice);
  if (metrics.length === 0) throw new CommandError(NOT_YET);
  const nodes = await itemsOf<AnyObject>(session, "/api/v1/nodes", choice);
  const field = isSet(flags, "showCapacity") ? "capacity" : "allocatable";
  const available: Available = new Map(nodes.map((node) => [node.metadata.name, availableOf(node, field)]));
  await session.print(nodeTable(metrics, available, tableOptions(choice, flags)));
}

function availableOf(node: AnyObject, field: "capacity" | "allocatable"): Readonly<Record<string, string | undefined>> {
  const swap = at(node, "status", "nodeInfo", "swap", "capacity");
  const list = (at(node, "status", field) ?? {}) as Readonly<Record<string, string>>;
  return { ...list, swap: typeof swap === "number" ? quantityFromValue(swap, "BinarySI") : undefined };
}

const tableOptions = ({ sortBy }: Choice, flags: Flags) => ({
  sortBy,
  hasHeaders: flags["headers"] !== false,
  hasSwap: isSet(flags, "showSwap"),
});

async function topPod(session: Session, words: readonly string[], flags: Flags): Promise<void> {
  const choice = choiceOf(words, flags, { kind: "pod", refusal: "only one of NAME or selector can be provided" });
  const hasNamespace = isSet(flags, "allNamespaces");
  const fieldSelector = flag(flags, "fieldSelector") || undefined;
  if (fieldSelector) parseFieldSelector(fieldSelector);
  const where = hasNamespace ? "" : `/namespaces/${encodeURIComponent(session.namespace)}`;
  const root = await rootOf(session);
  const measured = await itemsOf<PodUsage>(session, `${root}${where}/pods`, choice);
  const query = { labelSelector: choice.selector, fieldSelector };
  const selected = async () =>
    (await session.call<{ items?: readonly AnyObject[] }>(`/api/v1${where}/pods`, { query })).items ?? [];
  const metrics = fieldSelector && measured.length > 0 ? among(measured, await selected()) : measured;
  if (metrics.length === 0) {
    const pods = await selected();
    if (pods.length > 0) throw whyNone(pods, session.clock.now());
    await session.warn(
      hasNamespace ? "No resources found\n" : `No resources found in ${session.namespace} namespace.\n`,
    );
  }
  const options = { hasContainers: isSet(flags, "containers"), hasNamespace, hasSum: isSet(flags, "sum") };
  await session.print(podTable(metrics, { ...options, ...tableOptions(choice, flags) }));
}

/** The metrics' own API knows no fields. */
function among(metrics: readonly PodUsage[], pods: readonly AnyObject[]): readonly PodUsage[] {
  const key = ({ metadata: { namespace, name } }: { metadata: { namespace?: string; name: string } }) =>
    `${namespace}/${name}`;
  const selected = new Set(pods.map(key));
  return metrics.filter((one) => selected.has(key(one)));
}

/** Upstream: kubectl/pkg/cmd/top/top_pod.go#verifyEmptyMetrics */
function whyNone(pods: readonly AnyObject[], nowMs: number): CommandError {
  for (const { metadata } of pods) {
    const ageMs = nowMs - Date.parse(metadata.creationTimestamp ?? "");
    if (ageMs > DELAY_MS)
      return new CommandError(
        `Metrics not available for pod ${metadata.namespace}/${metadata.name}, age: ${formatDuration(ageMs)}`,
      );
  }
  return new CommandError(NOT_YET);
}
