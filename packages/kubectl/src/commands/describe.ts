import { isNotFound, labelSelectorAsSelector, type V1LabelSelector } from "@dingi/apimachinery";
import { CommandError, throwAll } from "../command-error.ts";
import type { DescribeContext } from "../describe/describer.ts";
import { describeEvents } from "../describe/events.ts";
import { describeGeneric } from "../describe/generic.ts";
import { describers, EVENTLESS } from "../describe/kinds.ts";
import { TabbedText } from "../describe/tabbed-text.ts";
import { flag, flagList, type Flags } from "../flags.ts";
import { at, type AnyObject } from "../json.ts";
import { CHUNK_SIZE, listPages, withKinds } from "../resource/list-items.ts";
import { addSelection, select, type Located } from "../resource/select.ts";
import { getIfThere } from "../resource/watch-until.ts";
import type { Session } from "../session.ts";
import type { AddCommand } from "./command.ts";

export const addDescribe: AddCommand = (program, run) => {
  addSelection(program.command("describe"))
    .description("Show details of a specific resource or group of resources")
    .argument("[target...]")
    .option("--chunk-size <n>", "objects per request", CHUNK_SIZE)
    .option("--show-events", "show events; the default for one object")
    .option("--no-show-events", "do not show events")
    .action(run(describe));
};

async function describe(session: Session, args: readonly string[], flags: Flags): Promise<void> {
  if (args.length === 0 && flagList(flags, "filename").length === 0)
    throw new CommandError(
      'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
    );
  const errors: unknown[] = [];
  let count = 0;
  const { selected, byPrefix } = await matching(session, args, flags);
  const showEvents = flags["showEvents"] ?? (selected.length === 1 && !byPrefix);
  for (const located of selected) {
    try {
      const object = await session.get(located.resource, located);
      const text = await describeOne(session, object, { showEvents: showEvents === true, flags });
      if (byPrefix) await session.print(`${text}\n`);
      else await session.print(`${count === 0 ? "" : "\n\n"}${text}`);
      count++;
    } catch (error) {
      errors.push(error);
    }
  }
  if (count === 0 && errors.length === 0)
    await session.warn(
      flags["allNamespaces"] === true
        ? "No resources found\n"
        : `No resources found in ${session.namespace} namespace.\n`,
    );
  throwAll(errors);
}

async function describeOne(
  session: Session,
  object: AnyObject,
  { showEvents, flags }: { showEvents: boolean; flags: Flags },
): Promise<string> {
  const asker = { session, limit: flag(flags, "chunkSize") };
  const text = new TabbedText();
  const kind = `${object.apiVersion}/${object.kind}`;
  const context = await contextOf(asker, object);
  (describers[kind] ?? describeGeneric)(text, object, context);
  if (showEvents && !EVENTLESS.has(kind)) describeEvents(text, await eventsOf(asker, object), context.now);
  return text.toString();
}

interface Matching {
  readonly selected: readonly Located[];
  readonly byPrefix: boolean;
}

/** What TYPE NAME does not name exactly is taken for the beginning of names. */
async function matching(session: Session, args: readonly string[], flags: Flags): Promise<Matching> {
  const selected = await select(session, args, { ...flags, all: true });
  const [type = "", prefix = ""] = args;
  const [only] = selected;
  if (args.length !== 2 || type.includes("/") || selected.length !== 1 || !only) return { selected, byPrefix: false };
  try {
    await session.get(only.resource, only);
    return { selected, byPrefix: false };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const all = await select(session, [type], { ...flags, all: true });
    const found = all.filter(({ name }) => name.startsWith(prefix));
    if (found.length === 0) throw error;
    return { selected: found, byPrefix: true };
  }
}

/** Who asks for lists, and in pieces of how many. */
interface Asker {
  readonly session: Session;
  readonly limit: string | undefined;
}

const NOTHING_BESIDE = { pods: [], replicaSets: [], endpointSlices: [], resourceQuotas: [], limitRanges: [] };

async function contextOf(asker: Asker, object: AnyObject): Promise<DescribeContext> {
  const { session } = asker;
  const { name, namespace } = object.metadata;
  const context: DescribeContext = { ...NOTHING_BESIDE, now: session.clock.now() };
  const selector = at(object, "spec", "selector");
  const labelSelector = () => labelSelectorAsSelector(selector as V1LabelSelector).toString();
  switch (object.kind) {
    case "Node": {
      const leases = (await session.discovery()).find("leases");
      const lease = await getIfThere(session, { resource: leases, name, namespace: "kube-node-lease" });
      const fieldSelector = `spec.nodeName=${name},status.phase!=Succeeded,status.phase!=Failed`;
      return { ...context, ...(lease ? { lease } : {}), pods: await list(asker, "pods", { fieldSelector }) };
    }
    case "ReplicaSet":
      return { ...context, pods: await list(asker, "pods", { namespace, labelSelector: labelSelector() }) };
    case "Deployment":
      return {
        ...context,
        replicaSets: await list(asker, "replicasets.apps", { namespace, labelSelector: labelSelector() }),
      };
    case "Service": {
      const query = { namespace, labelSelector: `kubernetes.io/service-name=${name}` };
      return { ...context, endpointSlices: await list({ session, limit: undefined }, "endpointslices", query) };
    }
    case "Namespace": {
      const query = { namespace: name };
      const resourceQuotas = await list(asker, "resourcequotas", query);
      return { ...context, resourceQuotas, limitRanges: await list(asker, "limitranges", query) };
    }
    default:
      return context;
  }
}

async function list(
  { session, limit }: Asker,
  type: string,
  { namespace, ...query }: { namespace?: string | undefined; fieldSelector?: string; labelSelector?: string },
): Promise<AnyObject[]> {
  const resource = (await session.discovery()).find(type);
  return (await listPages(session, resource, { namespace, limit, query })).flatMap(withKinds);
}

/** A Node's events may name it by its name where others have the UID. */
async function eventsOf(asker: Asker, object: AnyObject): Promise<AnyObject[]> {
  const { name, namespace, uid } = object.metadata;
  const found: AnyObject[] = [];
  for (const each of object.kind === "Node" ? [uid, name] : [uid]) {
    const fields = {
      name,
      namespace: namespace ?? "",
      // Upstream does not ask for a Pod's kind.
      ...(object.kind === "Pod" ? {} : { kind: object.kind }),
      ...(each ? { uid: each } : {}),
    };
    const fieldSelector = Object.entries(fields)
      .map(([field, value]) => `involvedObject.${field}=${value}`)
      .join();
    found.push(
      ...(await list(asker, "events", { namespace, fieldSelector }).catch((error: unknown) => {
        if (isNotFound(error)) return [];
        throw error;
      })),
    );
  }
  return found;
}
