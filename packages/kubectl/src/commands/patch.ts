import { readFileSync } from "node:fs";
import { equalJson, StatusError, yamlToJsonValue } from "@dingi/apimachinery";
import { CommandError, throwAll } from "../command-error.ts";
import type { Resource } from "../discovery/discovery.ts";
import { collect, flag, type Flags } from "../flags.ts";
import type { AnyObject } from "../json.ts";
import { select, type Located } from "../resource/select.ts";
import type { Session } from "../session.ts";
import type { AddCommand } from "./command.ts";
import { dryRunOf, dryRunQuery, reportObject } from "./report-object.ts";

const TYPES: Readonly<Record<string, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
};

export const addPatch: AddCommand = (program, run) => {
  program
    .command("patch")
    .description("Update fields of a resource")
    .argument("[target...]", "TYPE NAME or TYPE/NAME")
    .option("-f, --filename <file>", "files that name the resources", collect)
    .option("-R, --recursive", "process directories recursively")
    .option("-p, --patch <patch>", "the patch, as JSON or YAML")
    .option("--patch-file <path>", "a file with the patch")
    .option("--type <type>", "json, merge or strategic", "strategic")
    .option("--subresource <name>", "the subresource to patch")
    .option("--field-manager <name>", "the name of the manager of the fields", "kubectl-patch")
    .option("--dry-run [strategy]", "none, server, or client")
    .option("-o, --output <format>", "output format")
    .action(run(patch));
};

async function patch(session: Session, args: readonly string[], flags: Flags): Promise<void> {
  const [text, file] = [flag(flags, "patch") ?? "", flag(flags, "patchFile") ?? ""];
  if (text !== "" && file !== "") throw new CommandError("cannot specify --patch and --patch-file together");
  if (text === "" && file === "")
    throw new CommandError("must specify --patch or --patch-file containing the contents of the patch");
  const type = (flag(flags, "type") ?? "strategic").toLowerCase();
  if (!Object.hasOwn(TYPES, type))
    throw new CommandError(`--type must be one of [json merge strategic], not ${JSON.stringify(flag(flags, "type"))}`);
  const body = parsePatch(text === "" ? readPatch(file) : text, text);
  const selected = await select(session, args, flags);
  if (selected.length === 0) throw new CommandError("no objects passed to patch");
  const errors: unknown[] = [];
  for (const located of selected) {
    try {
      await patchOne(session, { located, body, contentType: TYPES[type]! }, flags);
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
}

function readPatch(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const why = isMissing ? `open ${path}: no such file or directory` : (cause as Error).message;
    throw new CommandError(`unable to read patch file: ${why}`, { cause });
  }
}

function parsePatch(text: string, shown: string): unknown {
  try {
    return yamlToJsonValue(text).value;
  } catch (cause) {
    throw new CommandError(`unable to parse ${JSON.stringify(shown)}: ${(cause as Error).message}`, { cause });
  }
}

async function patchOne(
  session: Session,
  { located, body, contentType }: { located: Located; body: unknown; contentType: string },
  flags: Flags,
): Promise<void> {
  const { resource } = located;
  const subresource = flag(flags, "subresource");
  const key = { ...located, ...(subresource ? { subresource } : {}) };
  const dryRun = dryRunOf(flags);
  const before = located.source === undefined ? await session.get(resource, key) : undefined;
  // Differs: a patch with --dry-run=client is tried by the server, because only it knows every kind's merge keys.
  const query = { ...dryRunQuery(dryRun === "client" ? "server" : dryRun), fieldManager: flag(flags, "fieldManager") };
  const object = await session
    .on(resource, key, { method: "PATCH", body, contentType, query })
    .catch((error: unknown) => Promise.reject(unsupported(error, contentType, resource)));
  const verb = before && equalJson(before, object) ? "patched (no change)" : "patched";
  // A subresource may be of another kind: a Scale.
  const shown = subresource ? discoveredAs(resource, object) : resource;
  // Upstream does not tell here that it was a trial.
  await reportObject(session, { resource: shown, object, verb }, flags);
}

/** Custom kinds have no strategic merge. Upstream: kubectl/pkg/cmd/patch/patch.go#RunPatch */
function unsupported(error: unknown, contentType: string, { group, version, kind }: Resource): unknown {
  if (!(error instanceof StatusError) || error.reason !== "UnsupportedMediaType") return error;
  return new CommandError(`${contentType} is not supported by ${group}/${version}, Kind=${kind}: ${error.message}`);
}

function discoveredAs(resource: Resource, { apiVersion, kind }: AnyObject): Resource {
  if (kind === resource.kind) return resource;
  const split = apiVersion.indexOf("/");
  return { ...resource, singular: kind.toLowerCase(), group: split < 0 ? "" : apiVersion.slice(0, split) };
}
