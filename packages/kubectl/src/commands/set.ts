import { createStrategicMergePatch, createThreeWayJsonMergePatch } from "@dingi/apimachinery";
import { schemaOf } from "../apply/three-way.ts";
import { CommandError, throwAll } from "../command-error.ts";
import type { Resource } from "../discovery/discovery.ts";
import { flag, type Flags } from "../flags.ts";
import { at, listAt, textAt, type AnyObject, type Json } from "../json.ts";
import { addSelection, read, select, type Located } from "../resource/select.ts";
import type { Session } from "../session.ts";
import type { AddCommand } from "./command.ts";
import { dryRunOf, dryRunQuery, reportObject } from "./report-object.ts";

const STRATEGIC_MERGE = "application/strategic-merge-patch+json";
const MERGE = "application/merge-patch+json";

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
  if (images.has("*") && images.size > 1)
    throw new CommandError(
      "all containers are already specified by *, but saw more than one container_name=container_image pairs",
    );
  const errors: unknown[] = [];
  const selected: { located: Located; before: AnyObject }[] = [];
  for (const located of await select(session, targets, flags))
    selected.push({ located, before: await read(session, located) });
  if (images.size === 0) throw new CommandError("at least one image update is required");
  for (const { located, before } of selected) {
    try {
      await setOne(session, { located, before, images }, flags);
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
}

interface Setting {
  readonly located: Located;
  readonly before: AnyObject;
  readonly images: ReadonlyMap<string, string>;
}

async function setOne(session: Session, { located, before, images }: Setting, flags: Flags): Promise<void> {
  const { resource } = located;
  const after = structuredClone(before);
  const spec = podSpecOf(after, resource);
  for (const name of images.keys())
    if (name !== "*" && !allContainers(spec).some((each) => textAt(each, "name") === name))
      throw new CommandError(`unable to find container named "${name}"`);
  for (const container of allContainers(spec)) setContainer(container, images);
  const { body, contentType } = patchBetween(before, after);
  // What stays as it is is not told, as upstream does.
  if (Object.keys(body).length === 0) return;
  const dryRun = dryRunOf(flags);
  const query = { ...dryRunQuery(dryRun), fieldManager: flag(flags, "fieldManager") };
  const call = { method: "PATCH", body, contentType, query } as const;
  const object = dryRun === "client" ? after : await session.on(resource, located, call);
  await reportObject(session, { resource, object, verb: "image updated", dryRun }, flags);
}

function podSpecOf(object: AnyObject, { plural, version }: Resource): unknown {
  const spec = object.kind === "Pod" ? object["spec"] : at(object, "spec", "template", "spec");
  if (spec !== undefined) return spec;
  throw new CommandError(
    `${plural}/${object.metadata.name} the object is not a pod or does not have a pod template: *${version}.${object.kind}`,
  );
}

function allContainers(spec: unknown): Json[] {
  return [...listAt(spec, "initContainers"), ...listAt(spec, "containers")];
}

/** An empty image is none. */
function setContainer(container: Json, images: ReadonlyMap<string, string>): void {
  const image = images.get(textAt(container, "name")) ?? images.get("*");
  if (image === undefined) return;
  if (image === "") delete container["image"];
  else container["image"] = image;
}

/** Of kinds whose merge keys are not known, the lists are whole. */
function patchBetween(before: AnyObject, after: AnyObject): { body: Json; contentType: string } {
  const schema = schemaOf(before);
  return schema
    ? { body: createStrategicMergePatch(schema, before, after), contentType: STRATEGIC_MERGE }
    : { body: createThreeWayJsonMergePatch(before, after, before), contentType: MERGE };
}
