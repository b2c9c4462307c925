import { CommandError } from "../command-error.ts";
import { numberAt } from "../json.ts";
import { addSelection, select } from "../resource/select.ts";
import type { Session } from "../session.ts";
import { numberFlag, type Flags } from "../flags.ts";
import type { AddCommand } from "./command.ts";
import { dryRunOf, dryRunQuery, reportObject } from "./report-object.ts";

export const addScale: AddCommand = (program, run) => {
  addSelection(program.command("scale"))
    .description("Set a new size for a deployment, replica set, or replication controller")
    .argument("[target...]")
    .option("--replicas <n>", "the new number of replicas")
    .option("--current-replicas <n>", "only when this is the present number")
    .option("--dry-run [strategy]", "none, server, or client")
    .option("-o, --output <format>", "output format")
    .action(run(scale));
};

async function scale(session: Session, args: readonly string[], flags: Flags): Promise<void> {
  const replicas = numberFlag(flags, "replicas");
  if (replicas === undefined) throw new CommandError('required flag(s) "replicas" not set');
  if (!Number.isInteger(replicas) || replicas < 0)
    throw new CommandError("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0");
  const expected = numberFlag(flags, "currentReplicas");
  for (const located of await select(session, args, flags)) {
    const key = { ...located, subresource: "scale" };
    if (expected !== undefined) await check(session, { located: key, expected });
    const dryRun = dryRunOf(flags);
    const call = {
      method: "PATCH",
      body: { spec: { replicas } },
      contentType: "application/merge-patch+json",
      query: dryRunQuery(dryRun),
    } as const;
    await session.on(located.resource, located);
    if (dryRun !== "client") await session.on(located.resource, key, call);
    const object = { apiVersion: "", kind: located.resource.kind, metadata: { name: located.name } };
    await reportObject(session, { resource: located.resource, object, verb: "scaled", dryRun }, flags);
  }
}

async function check(
  session: Session,
  { located, expected }: { located: Awaited<ReturnType<typeof select>>[number]; expected: number },
): Promise<void> {
  const actual = numberAt(await session.on(located.resource, located), "spec", "replicas");
  if (actual !== expected) throw new CommandError(`Expected replicas to be ${expected}, was ${actual}`);
}
