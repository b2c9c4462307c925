import { isNotFound, labelSelectorAsSelector, type V1LabelSelector } from "@dingi/apimachinery";
import { CommandError, throwAll } from "../command-error.ts";
import type { DescribeContext } from "../describe/describer.ts";
import { describeEvents } from "../describe/events.ts";
import { describeGeneric } from "../describe/generic.ts";
import { describers, EVENTLESS } from "../describe/kinds.ts";
import { TabbedText } from "../describe/tabbed-text.ts";
import { flagList, type Flags } from "../flags.ts";
import { at, type AnyObject, type Json } from "../json.ts";
import { withKinds } from "../resource/list-items.ts";
import { addSelection, select } from "../resource/select.ts";
import { getIfThere } from "../resource/watch-until.ts";
import type { Session } from "../session.ts";
import type { AddCommand } from "./command.ts";

export const addDescribe: AddCommand = (program, run) => {
  addSelection(program.command("describe"))
    .description("Show details of a specific resource or group of resources")
    .argument("[target...]")
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
  const selected = await select(session, args, { ...flags, all: true });
  const showEvents = flags["showEvents"] ?? selected.length === 1;
  for (const located of selected) {
    try {
      const text = await describeOne(session, await session.on(located.resource, located), showEvents === true);
      await session.print(`${count === 0 ? "" : "\n\n"}${text}`);
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

async function describeOne(session: Session, object: AnyObject, showEvents: boolean): Promise<string> {
  const text = new TabbedText();
  const kind = `${object.apiVersion}/${object.kind}`;
  const context = await contextOf(session, object);
  (describers[kind] ?? describeGeneric)(text, object, context);
  if (showEvents && !EVENTLESS.has(kind)) describeEvents(text, await eventsOf(session, object), context.now);
  return text.toString();
}

async function contextOf(session: Session, object: AnyObject): Promise<DescribeContext> {
  const { name, namespace } = object.metadata;
  const context = { now: session.clock.now(), pods: [], replicaSets: [], endpointSlices: [] };
  const selector = at(object, "spec", "selector");
  const labelSelector = () => labelSelectorAsSelector(selector as V1LabelSelector).toString();
  switch (object.kind) {
    case "Node": {
      const leases = (await session.discovery()).find("leases");
      const lease = await getIfThere(session, { resource: leases, name, namespace: "kube-node-lease" });
      const fieldSelector = `spec.nodeName=${name},status.phase!=Failed,status.phase!=Succeeded`;
      return { ...context, ...(lease ? { lease } : {}), pods: await list(session, "pods", { fieldSelector }) };
    }
    case "ReplicaSet":
      return { ...context, pods: await list(session, "pods", { namespace, labelSelector: labelSelector() }) };
    case "Deployment":
      return {
        ...context,
        replicaSets: await list(session, "replicasets.apps", { namespace, labelSelector: labelSelector() }),
      };
    case "Service": {
      const query = { namespace, labelSelector: `kubernetes.io/service-name=${name}` };
      return { ...context, endpointSlices: await list(session, "endpointslices", query) };
    }
    default:
      return context;
  }
}

async function list(
  session: Session,
  type: string,
  { namespace, ...query }: { namespace?: string | undefined; fieldSelector?: string; labelSelector?: string },
): Promise<AnyObject[]> {
  const resource = (await session.discovery()).find(type);
  return withKinds(await session.on<Json>(resource, { namespace }, { query }));
}

/** A Node's events may name it by its name where others have the UID. */
async function eventsOf(session: Session, object: AnyObject): Promise<AnyObject[]> {
  const { name, namespace, uid } = object.metadata;
  const found: AnyObject[] = [];
  for (const each of object.kind === "Node" ? [uid, name] : [uid]) {
    const fieldSelector = `involvedObject.name=${name},involvedObject.kind=${object.kind}${each ? `,involvedObject.uid=${each}` : ""}`;
    found.push(
      ...(await list(session, "events", { namespace, fieldSelector }).catch((error: unknown) => {
        if (isNotFound(error)) return [];
        throw error;
      })),
    );
  }
  return found;
}
