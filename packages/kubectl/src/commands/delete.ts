import { isNotFound, parseDuration } from "@dingi/apimachinery";
import { own } from "@dingi/base";
import { addContext, CommandError, throwAll } from "../command-error.ts";
import { shownType } from "../discovery/discovery.ts";
import { textAt } from "../json.ts";
import { addSelection, nothingGiven, select, type Located } from "../resource/select.ts";
import type { Session } from "../session.ts";
import { flag, flagList, isSet, numberFlag, type Flags } from "../flags.ts";
import type { AddCommand } from "./command.ts";
import { dryRunOf, type DryRun } from "./report-object.ts";

const POLICIES: Readonly<Record<string, string>> = {
  background: "Background",
  foreground: "Foreground",
  orphan: "Orphan",
  true: "Background",
  false: "Orphan",
};

export const addDelete: AddCommand = (program, run) => {
  addSelection(program.command("delete"))
    .description("Delete resources by file names, stdin, resources and names, or by resources and label selector")
    .argument("[target...]")
    .option("--wait", "wait until the resources are gone", true)
    .option("--no-wait", "do not wait")
    .option("--timeout <duration>", "how long to wait; 0 for as long as it takes", "0s")
    .option("--grace-period <seconds>", "seconds given to the resource to terminate gracefully", "-1")
    .option("--now", "the same as --grace-period=1")
    .option("--force", "remove from the API at once, without graceful deletion")
    .option("--cascade [mode]", "background, orphan, or foreground", "background")
    .option("--ignore-not-found", "a resource that is not found counts as deleted")
    .option("--dry-run [strategy]", "none, server, or client")
    .option("-o, --output <format>", '"name" for short output')
    .action(run(deleteObjects));
};

async function deleteObjects(session: Session, args: readonly string[], flags: Flags): Promise<void> {
  const dryRun = checkFlags(args, flags);
  await warnOfFlags(session, flags);
  const selected = await select(session, args, flags);
  checkGrace(flags);
  if (isSet(flags, "force")) {
    await session.warn(
      "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n",
    );
  }
  if (selected.length === 0) return await session.print("No resources found\n");
  const deleted: { located: Located; uid: string }[] = [];
  const errors: unknown[] = [];
  for (const located of selected) {
    try {
      deleted.push({ located, uid: await deleteOne(session, { located, dryRun }, flags) });
    } catch (error) {
      if (isNotFound(error) && ignoresMissing(flags)) deleted.push({ located, uid: "" });
      else errors.push(located.source ? addContext(error, `error when deleting "${located.source}"`) : error);
    }
  }
  throwAll(errors);
  if (flags["wait"] === false || dryRun !== "none") return;
  for (const each of deleted) await waitUntilGone(session, each, flags);
}

function ignoresMissing(flags: Flags): boolean {
  const bySelection = isSet(flags, "all") || flag(flags, "selector") || flag(flags, "fieldSelector");
  return isSet(flags, "ignoreNotFound") || Boolean(bySelection);
}

/** What can be told before the server is asked. Upstream: kubectl/pkg/cmd/delete/delete.go#DeleteOptions.Validate */
function checkFlags(args: readonly string[], flags: Flags): DryRun {
  const mode = String(flags["cascade"]);
  if (!own(POLICIES, mode))
    throw new CommandError(`invalid cascade value (${mode}). Must be "background", "foreground", or "orphan"`);
  if (isSet(flags, "now") && flag(flags, "gracePeriod") !== "-1")
    throw new CommandError("--now and --grace-period cannot be specified together");
  const dryRun = dryRunOf(flags);
  if (isSet(flags, "all") && flag(flags, "selector"))
    throw new CommandError("setting 'all' parameter but found a non empty selector. ");
  if (args.length === 0 && flagList(flags, "filename").length === 0) throw nothingGiven();
  const output = flag(flags, "output") ?? "";
  if (output !== "" && output !== "name")
    throw new CommandError(`unexpected -o output mode: ${output}. We only support '-o name'`);
  return dryRun;
}

function checkGrace(flags: Flags): void {
  if (isSet(flags, "force") && graceOf(flags) > 0)
    throw new CommandError("--force and --grace-period greater than 0 cannot be specified together");
}

async function warnOfFlags(session: Session, flags: Flags): Promise<void> {
  const mode = String(flags["cascade"]);
  if (mode !== "true" && mode !== "false") return;
  await session.warn(
    `warning: --cascade=${mode} is deprecated (boolean value) and can be replaced with --cascade=${POLICIES[mode]!.toLowerCase()}.\n`,
  );
}

async function deleteOne(
  session: Session,
  { located, dryRun }: { located: Located; dryRun: DryRun },
  flags: Flags,
): Promise<string> {
  const propagationPolicy = POLICIES[String(flags["cascade"])];
  const grace = graceOf(flags);
  const body = {
    propagationPolicy,
    ...(grace < 0 ? {} : { gracePeriodSeconds: grace }),
    // A server does not look at the query of a deletion that has a body.
    ...(dryRun === "server" ? { dryRun: ["All"] } : {}),
  };
  const answer =
    dryRun === "client" ? undefined : await session.on(located.resource, located, { method: "DELETE", body });
  await session.print(deletedText(located, flags));
  return textAt(answer, "metadata", "uid") || textAt(answer, "details", "uid");
}

/** Nothing at all only with --force; negative for what the object says. */
function graceOf(flags: Flags): number {
  if (isSet(flags, "now")) return 1;
  const given = numberFlag(flags, "gracePeriod") ?? -1;
  if (isSet(flags, "force")) return given < 0 ? 0 : given;
  return given === 0 ? 1 : given;
}

function deletedText({ resource, name, namespace }: Located, flags: Flags): string {
  if (flag(flags, "output") === "name") return `${shownType(resource)}/${name}\n`;
  const dryRun = dryRunOf(flags);
  const suffix = dryRun === "client" ? " (dry run)" : dryRun === "server" ? " (server dry run)" : "";
  const verb = isSet(flags, "force") && graceOf(flags) === 0 ? "force deleted" : "deleted";
  return `${shownType(resource)} "${name}" ${verb}${namespace ? ` from ${namespace} namespace` : ""}${suffix}\n`;
}

/** Watches until the object is gone, or is another one of the same name. */
async function waitUntilGone(
  session: Session,
  { located, uid }: { located: Located; uid: string },
  flags: Flags,
): Promise<void> {
  const timeoutMs = parseDuration(flag(flags, "timeout") ?? "0s");
  const signal = timeoutMs > 0 ? session.clock.deadline(timeoutMs) : undefined;
  const { resource, name, namespace } = located;
  try {
    for (;;) {
      const current = await session.on(resource, located, signal ? { signal } : {});
      if (uid !== "" && current.metadata.uid !== uid) return;
      const query = { fieldSelector: `metadata.name=${name}`, resourceVersion: current.metadata.resourceVersion };
      for await (const events of session.watch(resource, { namespace }, { query, ...(signal ? { signal } : {}) })) {
        if (events.some(({ type }) => type === "DELETED" || type === "ERROR")) break;
      }
    }
  } catch (error) {
    if (isNotFound(error)) return;
    if (signal?.aborted)
      throw new CommandError(`timed out waiting for the condition on ${resource.plural}/${name}`, { cause: error });
    throw error;
  }
}
