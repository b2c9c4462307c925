import { isLabelValue } from "@dingi/apimachinery";
import { own } from "@dingi/base";
import { CommandError, throwAll } from "../command-error.ts";
import type { AnyObject } from "../json.ts";
import { addSelection, read, select, type Located } from "../resource/select.ts";
import type { Session } from "../session.ts";
import { flag, flagList, isSet, type Flags } from "../flags.ts";
import type { AddCommand } from "./command.ts";
import { dryRunOf, dryRunQuery, reportObject } from "./report-object.ts";

interface Wording {
  readonly command: string;
  readonly field: "labels" | "annotations";
  readonly noun: string;
  /** What to say of keys that shall be set and taken away at once. */
  both(keys: readonly string[]): string;
  /** Whether nothing is sent when nothing changes. */
  readonly skipsIdle: boolean;
  readonly done: string;
  readonly removed: string;
  /** Whether it is told that what should be removed is not there. */
  readonly tellsMissing: boolean;
  /** What to say of keys that have a value already. */
  taken(pairs: readonly (readonly [string, string])[]): string;
}

const LABEL: Wording = {
  command: "label",
  field: "labels",
  noun: "label",
  both: () => "can not both modify and remove a label in the same command",
  skipsIdle: true,
  done: "labeled",
  removed: "unlabeled",
  tellsMissing: true,
  taken: (pairs) =>
    pairs.map(([key, value]) => `'${key}' already has a value (${value}), and --overwrite is false`).join("; "),
};
const ANNOTATE: Wording = {
  command: "annotate",
  field: "annotations",
  noun: "annotation",
  both: (keys) => `can not both modify and remove the following annotation(s) in the same command: ${keys.join(", ")}`,
  skipsIdle: false,
  done: "annotated",
  removed: "annotated",
  tellsMissing: false,
  taken: (pairs) =>
    `--overwrite is false but found the following declared annotation(s): ${pairs.map(([key, value]) => `'${key}' already has a value (${value})`).join("; ")}`,
};

export const addLabel: AddCommand = (program, run) => addMetadata(LABEL)(program, run);
export const addAnnotate: AddCommand = (program, run) => addMetadata(ANNOTATE)(program, run);

function addMetadata(wording: Wording): AddCommand {
  return (program, run) => {
    addSelection(program.command(wording.command))
      .description(`Update the ${wording.field} on a resource`)
      .argument("[target...]", "TYPE NAME KEY=VALUE… KEY-…")
      .option("--overwrite", "let values be overwritten")
      .option("--list", "show what is there")
      .option("--resource-version <version>", "only when this is the present version")
      .option("--field-manager <name>", "the name of the manager of the fields", `kubectl-${wording.command}`)
      .option("--dry-run [strategy]", "none, server, or client")
      .option("-o, --output <format>", "output format")
      .action(run(async (session, args, flags) => await change(session, { args, wording }, flags)));
  };
}

async function change(
  session: Session,
  { args, wording }: { args: readonly string[]; wording: Wording },
  flags: Flags,
): Promise<void> {
  const isChange = (arg: string, i: number) => i > 0 && (arg.includes("=") || arg.endsWith("-"));
  const start =
    flag(flags, "filename") === undefined && !Array.isArray(flags["filename"]) ? args.findIndex(isChange) : 0;
  const targets = start < 0 ? args : args.slice(0, start);
  if (targets.length === 0 && flagList(flags, "filename").length === 0)
    throw new CommandError("one or more resources must be specified as <resource> <name> or <resource>/<name>");
  const changes = parseChanges(start < 0 ? [] : args.slice(start), wording);
  if (Object.keys(changes).length === 0 && !isSet(flags, "list"))
    throw new CommandError(`at least one ${wording.noun} update is required`);
  const errors: unknown[] = [];
  const selected = await select(session, targets, flags);
  const titled = isSet(flags, "all") || flag(flags, "selector") !== undefined;
  for (const located of selected) {
    try {
      if (isSet(flags, "list")) await printList(session, await read(session, located), { wording, titled });
      else await changeOne(session, { located, changes, wording }, flags);
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
}

/** "a=b" sets, "a-" takes away (null). */
function parseChanges(args: readonly string[], wording: Wording): Record<string, string | null> {
  const pairs = args.map((arg) => parseChange(arg, wording));
  const isSetTo = new Set(pairs.flatMap(([key, value]) => (value === null ? [] : [key])));
  const both = pairs.flatMap(([key, value]) => (value === null && isSetTo.has(key) ? [key] : []));
  if (both.length > 0) throw new CommandError(wording.both(both));
  return Object.fromEntries(pairs);
}

function parseChange(arg: string, { field, noun }: Wording): [key: string, value: string | null] {
  const split = arg.indexOf("=");
  if (split < 0 && arg.endsWith("-")) return [arg.slice(0, -1), null];
  if (split < 1) throw new CommandError(`invalid change "${arg}": expected KEY=VALUE or KEY-`);
  const value = arg.slice(split + 1);
  const problems = field === "labels" ? isLabelValue(value) : [];
  if (problems.length > 0)
    throw new CommandError(`invalid ${noun} value: ${JSON.stringify(arg)}: ${problems.join(";")}`);
  return [arg.slice(0, split), value];
}

async function printList(
  session: Session,
  object: AnyObject,
  { wording: { field }, titled }: { wording: Wording; titled: boolean },
): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
  if (titled) await session.print(`Listing ${field} for ${kind}.${group}/${metadata.name}:\n`);
  for (const [key, value] of Object.entries(metadata[field] ?? {}).sort())
    await session.print(`${titled ? " " : ""}${key}=${value}\n`);
}

async function changeOne(
  session: Session,
  { located, changes, wording }: { located: Located; changes: Record<string, string | null>; wording: Wording },
  flags: Flags,
): Promise<void> {
  const current = await read(session, located);
  const before = current.metadata[wording.field] ?? {};
  const taken = Object.entries(changes).filter(
    ([key, value]) => value !== null && Object.hasOwn(before, key) && before[key] !== value,
  );
  if (!isSet(flags, "overwrite") && taken[0])
    throw new CommandError(wording.taken(taken.map(([key]) => [key, before[key]!])));
  for (const [key, value] of Object.entries(changes))
    if (wording.tellsMissing && value === null && !Object.hasOwn(before, key))
      await session.print(`${wording.noun} "${key}" not found.\n`);
  const dryRun = dryRunOf(flags);
  const resourceVersion = flag(flags, "resourceVersion");
  const effective = Object.fromEntries(
    Object.entries(changes).filter(([key, value]) => (value ?? undefined) !== own(before, key)),
  );
  const isIdle = Object.keys(effective).length === 0 && !resourceVersion;
  const metadata = { [wording.field]: effective, ...(resourceVersion ? { resourceVersion } : {}) };
  const body = isIdle ? {} : { metadata };
  const call = {
    method: "PATCH",
    body,
    contentType: "application/merge-patch+json",
    query: { ...dryRunQuery(dryRun), fieldManager: flag(flags, "fieldManager") },
  } as const;
  const isKept = dryRun === "client" || (isIdle && wording.skipsIdle);
  const object = isKept ? current : await session.on(located.resource, located, call);
  await reportObject(
    session,
    { resource: located.resource, object, verb: verbOf(changes, before, wording), dryRun },
    flags,
  );
}

function verbOf(
  changes: Record<string, string | null>,
  before: Readonly<Record<string, string>>,
  { done, removed }: Wording,
): string {
  const added = Object.entries(changes).some(([key, value]) => value !== null && before[key] !== value);
  const gone = Object.entries(changes).some(([key, value]) => value === null && Object.hasOwn(before, key));
  if (added) return done;
  return gone ? removed : done === "labeled" ? "not labeled" : done;
}
