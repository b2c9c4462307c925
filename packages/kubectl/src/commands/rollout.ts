import { wireTime, equalJson, parseDuration, StatusError, type V1Status } from "@dingi/apimachinery";
import type { Command } from "commander";
import { LAST_APPLIED } from "../apply/last-applied.ts";
import { CommandError, throwAll } from "../command-error.ts";
import { groupResource } from "../discovery/discovery.ts";
import { at, type AnyObject } from "../json.ts";
import { describePodTemplate } from "../describe/pod.ts";
import { alignCells, TabbedText } from "../describe/tabbed-text.ts";
import { addSelection, read, select, type Located } from "../resource/select.ts";
import type { Session } from "../session.ts";
import { flag, numberFlag, type Flags } from "../flags.ts";
import type { Action, AddCommand, Runner } from "./command.ts";
import { dryRunOf, dryRunQuery, reportObject } from "./report-object.ts";
import { REVISION, revisionsOf, type Revision } from "./rollout-revisions.ts";
import { rolloutState } from "./rollout-status.ts";

const RESTARTABLE = new Set(["Deployment", "DaemonSet", "StatefulSet"]);
/** What a Deployment's annotations keep in a rollback. Upstream: kubectl/pkg/polymorphichelpers/rollback.go#annotationsToSkip */
const KEPT_ANNOTATIONS: ReadonlySet<string> = new Set([
  LAST_APPLIED,
  REVISION,
  "deployment.kubernetes.io/revision-history",
  "deployment.kubernetes.io/desired-replicas",
  "deployment.kubernetes.io/max-replicas",
  "deprecated.deployment.rollback.to",
]);
const STRATEGIC = "application/strategic-merge-patch+json";

export const addRollout: AddCommand = (program, run) => {
  const rollout = program.command("rollout").description("Manage the rollout of one or many resources");
  add(rollout, run, { name: "status", description: "Show the status of the rollout", each: status })
    .option("-w, --watch", "watch until the rollout is done", true)
    .option("--no-watch", "do not watch")
    .option("--timeout <duration>", "how long to wait; 0 for as long as it takes", "0s");
  managed(add(rollout, run, { name: "restart", description: "Restart a resource", each: restart }));
  add(rollout, run, { name: "history", description: "View rollout history", each: history }).option(
    "--revision <n>",
    "details of one revision",
  );
  add(rollout, run, { name: "undo", description: "Undo a previous rollout", each: undo })
    .option("--to-revision <n>", "the revision to go back to; 0 for the one before", "0")
    .option("--dry-run [strategy]", "none, server, or client");
  const setsPaused =
    (paused: boolean): Each =>
    async (session, located, flags) =>
      await setPaused(session, { located, paused }, flags);
  managed(add(rollout, run, { name: "pause", description: "Mark the resource as paused", each: setsPaused(true) }));
  managed(add(rollout, run, { name: "resume", description: "Resume a paused resource", each: setsPaused(false) }));
};

function managed(command: Command): Command {
  return command.option("--field-manager <name>", "the name of the manager of the fields", "kubectl-rollout");
}

type Each = (session: Session, located: Located, flags: Flags) => Promise<void>;

function add(
  rollout: Command,
  run: Runner,
  { name, description, each }: { name: string; description: string; each: Each },
): Command {
  const action: Action = async (session, args, flags) => {
    const errors: unknown[] = [];
    // A type alone means all of it.
    for (const located of await select(session, args, { ...flags, all: true })) {
      try {
        await each(session, located, flags);
      } catch (error) {
        errors.push(error);
      }
    }
    throwAll(errors);
  };
  return addSelection(rollout.command(name))
    .description(description)
    .argument("[target...]")
    .option("-o, --output <format>", "output format")
    .action(run(action));
}

async function status(session: Session, located: Located, flags: Flags): Promise<void> {
  const timeoutMs = parseDuration(flag(flags, "timeout") ?? "0s");
  const signal = timeoutMs > 0 ? session.clock.deadline(timeoutMs) : undefined;
  try {
    await follow(session, located, { isWatched: flags["watch"] !== false, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw new CommandError("timed out waiting for the condition", { cause: error });
    throw error;
  }
}

async function follow(
  session: Session,
  located: Located,
  { isWatched, signal }: { isWatched: boolean; signal?: AbortSignal },
): Promise<void> {
  const call = signal ? { signal } : {};
  for (;;) {
    const object = await session.on(located.resource, located, call);
    if ((await say(session, object)) || !isWatched) return;
    const query = { fieldSelector: `metadata.name=${located.name}`, resourceVersion: object.metadata.resourceVersion };
    for await (const events of session.watch(located.resource, { namespace: located.namespace }, { query, ...call })) {
      for (const event of events) {
        if (event.type === "ERROR") throw new StatusError(event.object as unknown as V1Status);
        if (event.type === "DELETED") throw new CommandError("object has been deleted");
        if (event.type === "MODIFIED" && (await say(session, event.object as unknown as AnyObject))) return;
      }
    }
  }
}

async function say(session: Session, object: AnyObject): Promise<boolean> {
  const { message, done } = rolloutState(object);
  await session.print(message);
  return done;
}

/** Upstream: kubectl/pkg/polymorphichelpers/objectrestarter.go#defaultObjectRestarter */
async function restart(session: Session, located: Located, flags: Flags): Promise<void> {
  const before = await read(session, located);
  const refuse = (why: string) => new CommandError(`${groupResource(located.resource)} "${located.name}" ${why}`);
  if (!RESTARTABLE.has(before.kind)) throw refuse("restarting is not supported");
  if (at(before, "spec", "paused") === true) throw refuse("can't restart paused deployment (run rollout resume first)");
  const restartedAt = wireTime(session.clock.now());
  const body = {
    spec: { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": restartedAt } } } },
  };
  const object = await session.on(located.resource, located, {
    method: "PATCH",
    body,
    contentType: STRATEGIC,
    query: { fieldManager: flag(flags, "fieldManager") },
  });
  await reportObject(session, { resource: located.resource, object, verb: "restarted" }, flags);
}

async function setPaused(
  session: Session,
  { located, paused }: { located: Located; paused: boolean },
  flags: Flags,
): Promise<void> {
  const before = await read(session, located);
  if ((at(before, "spec", "paused") === true) === paused)
    throw new CommandError(
      `${groupResource(located.resource)} "${located.name}" is ${paused ? "already" : "not"} paused`,
    );
  const object = await session.on(located.resource, located, {
    method: "PATCH",
    body: { spec: { paused: paused ? true : null } },
    contentType: STRATEGIC,
    query: { fieldManager: flag(flags, "fieldManager") },
  });
  await reportObject(session, { resource: located.resource, object, verb: paused ? "paused" : "resumed" }, flags);
}

async function history(session: Session, located: Located, flags: Flags): Promise<void> {
  const { revisions } = await revisionsOf(session, located);
  const asked = numberFlag(flags, "revision");
  const title = `${located.resource.singular}.${located.resource.group}/${located.name} `;
  if (revisions.length === 0) return await session.print(`${title}\nNo rollout history found.\n`);
  if (asked !== undefined && asked > 0) {
    const revision = revisionNumbered(revisions, asked, "unable to find the specified revision");
    return await session.print(`${title}with revision #${asked}\n${templateText(revision)}\n`);
  }
  const rows = revisions.map(({ number, cause }) => [String(number), cause]);
  await session.print(
    `${title}\n${alignCells([["REVISION", "CHANGE-CAUSE"], ...rows].map((row) => `${row.join("\t")}\n`).join(""))}\n`,
  );
}

/** With bare tabs, as upstream prints it here. */
function templateText({ shown }: Revision): string {
  const text = new TabbedText();
  describePodTemplate(text, shown);
  return text.raw();
}

async function undo(session: Session, located: Located, flags: Flags): Promise<void> {
  const dryRun = dryRunOf(flags);
  const { workload, revisions } = await revisionsOf(session, located);
  await warnOfApply(session, located, workload);
  const asked = numberFlag(flags, "toRevision") ?? 0;
  const target = targetOf(workload, revisions, asked);
  const tell = async (object: AnyObject, verb: string) =>
    await reportObject(session, { resource: located.resource, object, verb, dryRun }, flags);
  if (dryRun === "client") return await tell(workload, templateText(target));
  if (workload.kind === "Deployment" && at(workload, "spec", "paused") === true)
    throw new CommandError(
      `you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again`,
    );
  if (equalJson(at(workload, "spec", "template"), target.template)) {
    return await tell(workload, `skipped rollback (current template already matches revision ${asked})`);
  }
  const call = { method: "PATCH", ...restoring(workload, target), query: dryRunQuery(dryRun) } as const;
  await tell(await session.on(located.resource, located, call), "rolled back");
}

async function warnOfApply(session: Session, { resource, name }: Located, { metadata }: AnyObject): Promise<void> {
  if (metadata.annotations?.[LAST_APPLIED] === undefined) return;
  await session.warn(
    `Warning: resource ${resource.plural}/${name} was previously managed with 'kubectl apply'. Rolling back will not update the ${LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.\n`,
  );
}

/** @param asked 0 for the one before. */
function targetOf({ kind, metadata }: AnyObject, revisions: readonly Revision[], asked: number): Revision {
  if (asked > 0) return revisionNumbered(revisions, asked, `unable to find specified revision ${asked} in history`);
  const before = revisions.at(-2);
  if (before) return before;
  throw new CommandError(
    kind === "Deployment"
      ? `no rollout history found for deployment "${metadata.name}"`
      : "no last revision to roll back to",
  );
}

function restoring(workload: AnyObject, target: Revision): { readonly body: unknown; readonly contentType: string } {
  if (target.patch) return { body: target.patch, contentType: STRATEGIC };
  const body = [
    { op: "replace", path: "/spec/template", value: target.template },
    { op: "replace", path: "/metadata/annotations", value: annotationsAfter(workload, target) },
  ];
  return { body, contentType: "application/json-patch+json" };
}

function annotationsAfter({ metadata }: AnyObject, { annotations }: Revision): Record<string, string> {
  const kept = Object.entries(metadata.annotations ?? {}).filter(([key]) => KEPT_ANNOTATIONS.has(key));
  const restored = Object.entries(annotations).filter(([key]) => !KEPT_ANNOTATIONS.has(key));
  return Object.fromEntries([...kept, ...restored]);
}

function revisionNumbered(revisions: readonly Revision[], number: number, missing: string): Revision {
  const found = revisions.find((revision) => revision.number === number);
  if (!found) throw new CommandError(missing);
  return found;
}
