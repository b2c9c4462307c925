import { isNotFound, parseDuration } from "@dingi/apimachinery";
import { CommandError, throwAll } from "../command-error.ts";
import { shownType } from "../discovery/discovery.ts";
import { textAt } from "../json.ts";
import { addSelection, select, type Located } from "../resource/select.ts";
import type { Session } from "../session.ts";
import { flag, isSet, type Flags } from "../flags.ts";
import type { AddCommand } from "./command.ts";
import { dryRunOf } from "./report-object.ts";

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
  checkFlags(flags);
  const selected = await select(session, args, flags);
  if (selected.length === 0) return await session.print("No resources found\n");
  if (isSet(flags, "force")) {
    await session.warn(
      "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n",
    );
  }
  const errors: unknown[] = [];
  const gone: { located: Located; uid: string }[] = [];
  for (const located of selected) {
    try {
      gone.push({ located, uid: await deleteOne(session, located, flags) });
    } catch (error) {
      if (!(isNotFound(error) && (isSet(flags, "ignoreNotFound") || isSet(flags, "all")))) errors.push(error);
    }
  }
  if (flags["wait"] !== false && dryRunOf(flags) === "none")
    for (const each of gone) await waitUntilGone(session, each, flags);
  throwAll(errors);
}

function checkFlags(flags: Flags): void {
  const mode = String(flags["cascade"]);
  if (!Object.hasOwn(POLICIES, mode))
    throw new CommandError(`invalid cascade value (${mode}). Must be "background", "foreground", or "orphan"`);
  if (isSet(flags, "force") && (isSet(flags, "now") || Number(flag(flags, "gracePeriod")) > 0))
    throw new CommandError("--force and --grace-period greater than 0 cannot be specified together");
}

async function deleteOne(session: Session, located: Located, flags: Flags): Promise<string> {
  const dryRun = dryRunOf(flags);
  const propagationPolicy = POLICIES[String(flags["cascade"])];
  const grace = graceOf(flags);
  const body = {
    apiVersion: "v1",
    kind: "DeleteOptions",
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

function graceOf(flags: Flags): number {
  if (isSet(flags, "now")) return 1;
  const given = Number(flag(flags, "gracePeriod"));
  return isSet(flags, "force") && given < 0 ? 0 : given;
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
