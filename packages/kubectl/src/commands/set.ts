import { CommandError, throwAll } from "../command-error.ts";
import type { Flags } from "../flags.ts";
import { at, listAt, textAt, type AnyObject, type Json } from "../json.ts";
import { addSelection, select, type Located } from "../resource/select.ts";
import type { Session } from "../session.ts";
import type { AddCommand } from "./command.ts";
import { dryRunOf, dryRunQuery, reportObject } from "./report-object.ts";

export const addSet: AddCommand = (program, run) => {
  const set = program.command("set").description("Set specific features on objects");
  addSelection(set.command("image"))
    .description("Update the image of a pod template")
    .argument("[words...]", "TYPE NAME CONTAINER=IMAGE…")
    .option("--field-manager <name>", "the name of the manager of the fields", "kubectl-set")
    .option("--dry-run [strategy]", "none, server, or client")
    .option("-o, --output <format>", "output format")
    .action(run(setImage));
};

/** Upstream: kubectl/pkg/cmd/set/set_image.go */
async function setImage(session: Session, words: readonly string[], flags: Flags): Promise<void> {
  const images = new Map<string, string>();
  for (const word of words.filter((each) => each.includes("="))) {
    const split = word.indexOf("=");
    images.set(word.slice(0, split), word.slice(split + 1));
  }
  const targets = words.filter((word) => !word.includes("="));
  if (targets.length > 0 && images.size === 0) throw new CommandError("at least one image update is required");
  if (images.has("*") && images.size > 1)
    throw new CommandError(
      "all containers are already specified by *, but saw more than one container_name=container_image pairs",
    );
  const errors: unknown[] = [];
  for (const located of await select(session, targets, flags)) {
    try {
      await setOne(session, { located, images }, flags);
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
}

async function setOne(
  session: Session,
  { located, images }: { located: Located; images: ReadonlyMap<string, string> },
  flags: Flags,
): Promise<void> {
  const { resource, name } = located;
  const before = await session.on(resource, located);
  const isPod = before.kind === "Pod";
  const spec = isPod ? before["spec"] : at(before, "spec", "template", "spec");
  if (spec === undefined)
    throw new CommandError(`error: the object is not a pod or does not have a pod template: ${before.kind}`);
  const changes = changesOf(spec, images);
  for (const container of images.keys())
    if (container !== "*" && !allContainers(spec).some((each) => textAt(each, "name") === container))
      throw new CommandError(`unable to find container named "${container}"`);
  // What stays as it is is not told, as upstream does.
  if (Object.keys(changes).length === 0) return;
  const dryRun = dryRunOf(flags);
  const body = isPod ? { spec: changes } : { spec: { template: { spec: changes } } };
  const query = { ...dryRunQuery(dryRun), fieldManager: String(flags["fieldManager"]) };
  const call = { method: "PATCH", body, contentType: "application/strategic-merge-patch+json", query } as const;
  const object: AnyObject = dryRun === "client" ? before : await session.on(resource, { ...located, name }, call);
  await reportObject(session, { resource, object, verb: "image updated", dryRun }, flags);
}

function allContainers(spec: unknown): Json[] {
  return [...listAt(spec, "initContainers"), ...listAt(spec, "containers")];
}

function changesOf(spec: unknown, images: ReadonlyMap<string, string>): Record<string, Json[]> {
  const changes: Record<string, Json[]> = {};
  for (const field of ["initContainers", "containers"]) {
    const changed = listAt(spec, field).flatMap((container) => {
      const name = textAt(container, "name");
      const image = images.get(name) ?? images.get("*");
      return image === undefined || image === textAt(container, "image") ? [] : [{ name, image }];
    });
    if (changed.length > 0) changes[field] = changed;
  }
  return changes;
}
