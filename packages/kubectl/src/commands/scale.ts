import { CommandError } from "../command-error.ts";
import { apiVersionOf } from "../discovery/discovery.ts";
import { numberAt, type AnyObject } from "../json.ts";
import { addSelection, read, select, type Located } from "../resource/select.ts";
import type { Session } from "../session.ts";
import { flag, numberFlag, type Flags } from "../flags.ts";
import type { AddCommand } from "./command.ts";
import { dryRunOf, dryRunQuery, reportObject } from "./report-object.ts";

export const addScale: AddCommand = (program, run) => {
  addSelection(program.command("scale"))
    .description("Set a new size for a deployment, replica set, or replication controller")
    .argument("[target...]")
    .option("--replicas <n>", "the new number of replicas")
    .option("--current-replicas <n>", "only when this is the present number")
    .option("--resource-version <version>", "only when this is the present version")
    .option("--dry-run [strategy]", "none, server, or client")
    .option("-o, --output <format>", "output format")
    .action(run(scale));
};

async function scale(session: Session, args: readonly string[], flags: Flags): Promise<void> {
  const replicas = numberFlag(flags, "replicas");
  if (replicas === undefined) throw new CommandError('required flag(s) "replicas" not set');
  if (!Number.isInteger(replicas) || replicas < 0)
    throw new CommandError("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0");
  const dryRun = dryRunOf(flags);
  const selected: { located: Located; object: AnyObject }[] = [];
  for (const located of await select(session, args, flags))
    selected.push({ located, object: located.source ? fromFile(located) : await read(session, located) });
  for (const { located, object } of selected) {
    if (dryRun !== "client") await scaleOne(session, { located, replicas }, flags);
    await reportObject(session, { resource: located.resource, object, verb: "scaled", dryRun }, flags);
  }
}

/** A file says which objects are meant; it is only their name that counts. */
function fromFile({ resource, name }: Located): AnyObject {
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: { name } };
}

/** Upstream: kubectl/pkg/scale/scale.go#genericScaler.ScaleSimple */
async function scaleOne(
  session: Session,
  { located, replicas }: { located: Located; replicas: number },
  flags: Flags,
): Promise<void> {
  const { resource } = located;
  const key = { ...located, subresource: "scale" };
  const query = dryRunQuery(dryRunOf(flags));
  const [count, version] = [numberFlag(flags, "currentReplicas") ?? -1, flag(flags, "resourceVersion") ?? ""];
  if (count === -1 && version === "") {
    const contentType = "application/merge-patch+json";
    await session.on(resource, key, { method: "PATCH", body: { spec: { replicas } }, contentType, query });
    return;
  }
  const current = await session.on(resource, key);
  const actual = numberAt(current, "spec", "replicas");
  if (count !== -1 && actual !== count) throw new CommandError(`Expected replicas to be ${count}, was ${actual}`);
  const { resourceVersion = "" } = current.metadata;
  if (version !== "" && resourceVersion !== version)
    throw new CommandError(`Expected resource version to be ${version}, was ${resourceVersion}`);
  const body = { ...current, spec: { ...(current["spec"] as object), replicas } };
  await session.on(resource, key, { method: "PUT", body, query });
}
