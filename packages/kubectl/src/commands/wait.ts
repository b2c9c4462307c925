import { isNotFound, parseDuration, StatusError } from "@dingi/apimachinery";
import { CommandError, throwAll } from "../command-error.ts";
import { collect, flag, flagList, type Flags } from "../flags.ts";
import type { AnyObject } from "../json.ts";
import { addSelection, select, type Located } from "../resource/select.ts";
import { getIfThere, watchUntil, withDeadline } from "../resource/watch-until.ts";
import type { Session } from "../session.ts";
import { parseWaitCondition, type WaitCondition } from "../wait/wait-condition.ts";
import type { AddCommand } from "./command.ts";
import { reportObject } from "./report-object.ts";

/** Between two looks for what does not exist yet and so has no one name to watch. */
const LOOK_MS = 500;
const NEVER_MS = 7 * 24 * 3600 * 1000;
const TIMED_OUT = "timed out waiting for the condition";

export const addWait: AddCommand = (program, run) => {
  addSelection(program.command("wait"))
    .description("Wait for a specific condition on one or many resources")
    .argument("[target...]")
    .option("--for <condition>", "create, delete, condition=NAME[=VALUE] or jsonpath='{PATH}'[=VALUE]", collect)
    .option("--timeout <duration>", "how long to wait; 0 to look once, negative for a week", "30s")
    .option("-o, --output <format>", "output format")
    .action(run(wait));
};

async function wait(session: Session, args: readonly string[], flags: Flags): Promise<void> {
  const asked = flagList(flags, "for");
  if (asked.length === 0) throw new CommandError("unrecognized condition: []");
  const conditions = asked.map(parseWaitCondition);
  const given = parseDuration(flag(flags, "timeout") ?? "30s");
  const end = session.clock.monotonic() + (given < 0 ? NEVER_MS : given);
  const waiting = { session, flags, end, looksOnce: given === 0 };
  const selected = conditions.some(({ type }) => type === "create")
    ? await untilCreated(waiting, args)
    : await selectThere(waiting, args);
  const isForDelete = conditions.some(({ type }) => type === "delete");
  if (selected.length === 0 && !isForDelete) throw new CommandError("no matching resources found");
  const errors: unknown[] = [];
  for (const located of selected) {
    try {
      for (const condition of conditions) await waitFor(waiting, located, condition);
    } catch (error) {
      if (!(isForDelete && isNotFound(error))) errors.push(error);
    }
  }
  throwAll(errors);
}

interface Waiting {
  readonly session: Session;
  readonly flags: Flags;
  /** On the monotonic clock. */
  readonly end: number;
  readonly looksOnce: boolean;
}

async function selectThere({ session, flags }: Waiting, args: readonly string[]): Promise<Located[]> {
  return await select(session, args, flags);
}

async function untilCreated({ session, flags, end }: Waiting, args: readonly string[]): Promise<Located[]> {
  for (;;) {
    const selected = await select(session, args, flags);
    const found = await Promise.all(selected.map(async (located) => await getIfThere(session, located)));
    if (found.length > 0 && found.every((object) => object !== undefined)) return selected;
    if (session.clock.monotonic() >= end) throw new CommandError(TIMED_OUT);
    await session.clock.sleep(Math.min(LOOK_MS, Math.max(0, end - session.clock.monotonic())));
  }
}

async function waitFor(waiting: Waiting, located: Located, condition: WaitCondition): Promise<void> {
  const { session, flags } = waiting;
  const object = await metObject(waiting, located, condition);
  await reportObject(session, { resource: located.resource, object, verb: "condition met" }, flags);
}

/** What was listed and has gone since then is deleted, and told like the rest. */
async function metObject(waiting: Waiting, located: Located, condition: WaitCondition): Promise<AnyObject> {
  const { session } = waiting;
  const listed = condition.type === "delete" ? located.object : undefined;
  const first = listed ? await getIfThere(session, located) : await session.get(located.resource, located);
  return first ? await reached(waiting, { located, first }, condition) : listed!;
}

async function reached(
  { session, end, looksOnce }: Waiting,
  { located, first }: { located: Located; first: AnyObject },
  condition: WaitCondition,
): Promise<AnyObject> {
  if (condition.type === "create") return first;
  const { plural } = located.resource;
  if (looksOnce) {
    if (condition.type === "state" && condition.isMet(first)) return first;
    throw new CommandError(`condition not met for ${plural}/${located.name}`);
  }
  let last = first;
  const check = (object: AnyObject | undefined): AnyObject | undefined => {
    if (condition.type === "delete") return object?.metadata.uid === first.metadata.uid ? undefined : last;
    if (!object) throw gone(located);
    last = object;
    return condition.isMet(object) ? object : undefined;
  };
  const ms = Math.max(1, end - session.clock.monotonic());
  return await withDeadline(
    session,
    { ms, message: `${TIMED_OUT} on ${plural}/${located.name}` },
    async (signal) => await watchUntil(session, located, { check, ...(signal ? { signal } : {}) }),
  );
}

function gone({ resource, name }: Located): StatusError {
  const shown = `${resource.plural}${resource.group && `.${resource.group}`}`;
  return StatusError.make(404, "NotFound", `${shown} "${name}" not found`);
}
