import { StatusError } from "@dingi/apimachinery";
import type { Command } from "commander";
import { withLastApplied } from "../apply/last-applied.ts";
import { addContext, CommandError, throwAll, UsageError } from "../command-error.ts";
import type { AnyObject, Json } from "../json.ts";
import { readManifests } from "../resource/manifests.ts";
import type { Session } from "../session.ts";
import { inNamespace, validation } from "./apply.ts";
import { collect, flagList, isSet, type Flags } from "../flags.ts";
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
      const object = generator.make(args[0] ?? "", { flags, args: args.slice(1) }) as AnyObject;
      try {
        await createObject(session, object, flags, { generated: true });
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
  const errors: unknown[] = [];
  for (const { object, source } of await readManifests(files, {
    io: session.io,
    recursive: isSet(flags, "recursive"),
  })) {
    try {
      await createObject(session, object, flags);
    } catch (error) {
      errors.push(addContext(error, `error when creating "${source}"`));
    }
  }
  throwAll(errors);
}

/** Creates and reports. With --dry-run=client the server is only asked for what it serves. */
export async function createObject(
  session: Session,
  given: AnyObject,
  flags: Flags,
  { generated = false, quiet = false }: { generated?: boolean; quiet?: boolean } = {},
): Promise<AnyObject> {
  const discovery = await session.discovery();
  const resource = discovery.byKind(given.apiVersion, given.kind);
  const dryRun = dryRunOf(flags);
  const object = isSet(flags, "saveConfig")
    ? withLastApplied(inNamespace(session, resource, given))
    : inNamespace(session, resource, given);
  const manager = flags["fieldManager"];
  const query = {
    ...dryRunQuery(dryRun),
    fieldManager: typeof manager === "string" ? manager : "kubectl-create",
    fieldValidation: validation(flags),
  };
  const created =
    dryRun === "client"
      ? object
      : await session.on(
          resource,
          { namespace: object.metadata.namespace },
          { method: "POST", body: object as Json, query },
        );
  // What is only printed gets no namespace that nobody asked for.
  if (generated && dryRun === "client" && session.flags.namespace === undefined) delete created.metadata.namespace;
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
