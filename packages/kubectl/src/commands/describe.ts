import { isNotFound, translateTimestampSince } from "@dingi/apimachinery";
import { CommandError, throwAll } from "../command-error.ts";
import { describers, generic, type Related } from "../describe/kinds.ts";
import { DescribeText } from "../describe/text.ts";
import { numberAt, textAt, type AnyObject, type Json } from "../json.ts";
import { withKinds } from "../resource/list-items.ts";
import { addSelection, select } from "../resource/select.ts";
import type { Session } from "../session.ts";
import { flagList, type Flags } from "../flags.ts";
import type { AddCommand } from "./command.ts";

export const addDescribe: AddCommand = (program, run) => {
  addSelection(program.command("describe"))
    .description("Show details of a specific resource or group of resources")
    .argument("[target...]")
    .option("--show-events", "show events", true)
    .option("--no-show-events", "do not show events")
    .action(run(describe));
};

async function describe(session: Session, args: readonly string[], flags: Flags): Promise<void> {
  if (args.length === 0 && flagList(flags, "filename").length === 0)
    throw new CommandError(
      'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
    );
  const errors: unknown[] = [];
  const texts: string[] = [];
  for (const located of await select(session, args, { ...flags, all: true })) {
    try {
      texts.push(await describeOne(session, await session.on(located.resource, located), flags));
    } catch (error) {
      errors.push(error);
    }
  }
  if (texts.length === 0 && errors.length === 0)
    await session.warn(`No resources found in ${session.namespace} namespace.\n`);
  await session.print(texts.join("\n\n"));
  throwAll(errors);
}

async function describeOne(session: Session, object: AnyObject, flags: Flags): Promise<string> {
  const text = new DescribeText();
  const describer = describers[`${object.apiVersion}/${object.kind}`] ?? generic;
  describer(text, object, await relatedOf(session, object));
  if (flags["showEvents"] !== false) await addEvents(session, object, text);
  return text.toString();
}

async function relatedOf(session: Session, object: AnyObject): Promise<Related> {
  const { name, namespace } = object.metadata;
  const none = { pods: [], replicaSets: [], endpointSlices: [] };
  if (object.kind === "Node")
    return {
      ...none,
      pods: await list(session, "pods", {
        fieldSelector: `spec.nodeName=${name},status.phase!=Succeeded,status.phase!=Failed`,
      }),
    };
  if (object.kind === "Deployment")
    return { ...none, replicaSets: await list(session, "replicasets.apps", { namespace }) };
  if (object.kind === "Service")
    return {
      ...none,
      endpointSlices: await list(session, "endpointslices", {
        namespace,
        labelSelector: `kubernetes.io/service-name=${name}`,
      }),
    };
  return none;
}

async function list(
  session: Session,
  type: string,
  { namespace, ...query }: { namespace?: string | undefined; fieldSelector?: string; labelSelector?: string },
): Promise<AnyObject[]> {
  const resource = (await session.discovery()).find(type);
  return withKinds(await session.on<Json>(resource, { namespace }, { query }));
}

async function addEvents(session: Session, object: AnyObject, text: DescribeText): Promise<void> {
  const { name, namespace, uid } = object.metadata;
  const uidShown = object.kind === "Node" ? name : uid;
  const fieldSelector = `involvedObject.name=${name},involvedObject.kind=${object.kind}${uidShown ? `,involvedObject.uid=${uidShown}` : ""}`;
  const events = await list(session, "events", { namespace, fieldSelector }).catch((error: unknown) => {
    if (isNotFound(error)) return [];
    throw error;
  });
  if (events.length === 0) return text.field("Events", "<none>");
  text.line("Events:");
  text.table(
    ["Type", "Reason", "Age", "From", "Message"],
    events.map((event) => eventRow(event, session.clock.now())),
  );
}

function eventRow(event: AnyObject, now: number): string[] {
  const first = textAt(event, "firstTimestamp") || textAt(event, "eventTime") || event.metadata.creationTimestamp;
  const last = textAt(event, "series", "lastObservedTime") || textAt(event, "lastTimestamp") || first;
  const count = numberAt(event, "series", "count") || numberAt(event, "count");
  const age =
    count > 1
      ? `${translateTimestampSince(last, now)} (x${count} over ${translateTimestampSince(first, now)})`
      : translateTimestampSince(last, now);
  const from = textAt(event, "source", "component") || textAt(event, "reportingComponent");
  return [textAt(event, "type"), textAt(event, "reason"), age, from, textAt(event, "message").trim()];
}
