import { StatusError } from "@dingi/apimachinery";
import type { Command } from "commander";
import { withLastApplied } from "../apply/last-applied.ts";
import { addContext, CommandError, throwAll, UsageError } from "../command-error.ts";
import type { AnyObject } from "../json.ts";
import { readManifests } from "../resource/manifests.ts";
import type { Session } from "../session.ts";
import { inNamespace, validation } from "./apply.ts";
import { builtinResource, type Resource } from "../discovery/discovery.ts";
import { collect, dashed, flag, flagList, isSet, type Flags } from "../flags.ts";
import type { AddCommand, Runner } from "./command.ts";
import { generators, type Generator } from "./create-generators.ts";
import { dryRunOf, dryRunQuery, reportObject } from "./report-object.ts";

export const addCreate: AddCommand = (program, run) => {
  const create = common(program.command("create"))
    .description("Create a resource from a file or from stdin")
    .option("-f, --filename <file>", "files with the resources", collect)
    .option("-R, --recursive", "process directories recursively")
    .argument("[words...]")
    .action(run(createFiles));
  for (const generator of generators) addGenerator(create, generator, run);
};

function addGenerator(create: Command, generator: Generator, run: Runner): void {
  const path = generator.command.split(" ");
  const parent = path
    .slice(0, -1)
    .reduce((here, name) => here.commands.find((each) => each.name() === name) ?? here.command(name), create);
  const command = common(parent.command(path.at(-1)!))
    .description(generator.description)
    .argument("[name]")
    .argument("[args...]");
  if (generator.alias) command.alias(generator.alias);
  for (const [flags, description, isList] of generator.options) {
    if (isList) command.option(flags, description, collect);
    else command.option(flags, description);
  }
  command.action(
    run(async (session, args, flags) => {
      if (args.length === 0) {
        if (generator.command === "deployment") throw new CommandError('required flag(s) "image" not set');
        throw new UsageError(
          "exactly one NAME is required, got 0",
          `See 'kubectl create ${generator.command} -h' for help and examples`,
        );
      }
      const extra = args.length > 1 && dashed(flags) === undefined;
      if (extra && generator.command !== "deployment")
        throw new UsageError(
          `exactly one NAME is required, got ${args.length}`,
          `See 'kubectl create ${generator.command} -h' for help and examples`,
        );
      const made = generator.make(args[0] ?? "", { flags, args: args.slice(1), random: session.random }) as AnyObject;
      // The server need not be asked what it serves.
      const resource = builtinResource(made);
      // A namespace that nobody asked for stands in the path only.
      const object = session.flags.namespace === undefined ? made : inNamespace(session, resource, made);
      try {
        await createObject(session, { resource, object, isMade: true }, flags);
      } catch (error) {
        throw generatorError(error, generator);
      }
    }),
  );
}

function common(command: Command): Command {
  return command
    .option("-o, --output <format>", "output format")
    .option("--dry-run [strategy]", "none, server, or client")
    .option("--save-config", "keep the configuration in an annotation, for later apply")
    .option("--field-manager <name>", "the name of the manager of the fields")
    .option("--validate [mode]", "strict, warn or ignore");
}

async function createFiles(session: Session, args: readonly string[], flags: Flags): Promise<void> {
  if (args.length > 0)
    throw new UsageError(`Unexpected args: [${args.join(" ")}]`, "See 'kubectl create -h' for help and examples");
  const files = flagList(flags, "filename");
  if (files.length === 0) throw new CommandError("must specify one of -f and -k");
  dryRunOf(flags);
  validation(flags);
  const errors: unknown[] = [];
  for (const { object, source } of await readManifests(files, {
    io: session.io,
    recursive: isSet(flags, "recursive"),
  })) {
    try {
      const resource = (await session.discovery()).ofManifest({ object, source });
      await createObject(session, { resource, object: inNamespace(session, resource, object) }, flags);
    } catch (error) {
      errors.push(addContext(error, `error when creating "${source}"`));
    }
  }
  throwAll(errors);
}

interface Creation {
  readonly resource: Resource;
  /** As it is sent. */
  readonly object: AnyObject;
  /** Made here and not read from a file: kept configurations have no empty annotations. */
  readonly isMade?: boolean;
  readonly quiet?: boolean;
  /** False for what upstream makes without a word about validation. */
  readonly validates?: boolean;
}

/** Creates and reports. */
export async function createObject(
  session: Session,
  { resource, object: given, isMade = false, quiet = false, validates = true }: Creation,
  flags: Flags,
): Promise<AnyObject> {
  const dryRun = dryRunOf(flags);
  const query = {
    ...dryRunQuery(dryRun),
    fieldManager: flag(flags, "fieldManager") ?? "kubectl-create",
    fieldValidation: validates ? validation(flags) : undefined,
  };
  const object = isSet(flags, "saveConfig") ? withLastApplied(given, { bare: isMade }) : given;
  const call = { method: "POST", body: object, query } as const;
  const namespace = object.metadata.namespace ?? session.namespace;
  const created = dryRun === "client" ? object : await session.on(resource, { namespace }, call);
  if (!quiet) await reportObject(session, { resource, object: created, verb: "created", dryRun }, flags);
  return created;
}

/** What upstream puts before a refusal: the secret's without a colon. */
const FAILED: Readonly<Record<string, string>> = {
  configmap: "failed to create configmap: ",
  deployment: "failed to create deployment: ",
  "secret generic": "failed to create secret ",
  serviceaccount: "failed to create serviceaccount: ",
};

function generatorError(error: unknown, { command }: Generator): unknown {
  const start = FAILED[command];
  if (start === undefined || !(error instanceof StatusError) || error.reason === "Invalid") return error;
  return new CommandError(`${start}${error.message}`, { cause: error });
}
