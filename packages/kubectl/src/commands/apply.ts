import { isConflict, isNotFound, parseGoBool } from "@dingi/apimachinery";
import { own } from "@dingi/base";
import { LAST_APPLIED, withLastApplied } from "../apply/last-applied.ts";
import { applyPatch } from "../apply/three-way.ts";
import { addContext, CommandError, throwAll } from "../command-error.ts";
import type { Resource } from "../discovery/discovery.ts";
import { at, listAt, textAt, type AnyObject } from "../json.ts";
import { readManifests, type Manifest } from "../resource/manifests.ts";
import type { Session } from "../session.ts";
import { collect, flag, flagList, isSet, type Flags } from "../flags.ts";
import type { AddCommand } from "./command.ts";
import { dryRunOf, dryRunQuery, reportObject } from "./report-object.ts";

const MANAGER = "kubectl-client-side-apply";
const SERVER_SIDE_MANAGER = "kubectl";
const LAST_APPLIED_MANAGER = "kubectl-last-applied";
const MAX_CONFLICTS = 5;

export const addApply: AddCommand = (program, run) => {
  program
    .command("apply")
    .description("Apply a configuration to a resource by file name or stdin")
    .option("-f, --filename <file>", "files with the configuration", collect)
    .option("-R, --recursive", "process directories recursively")
    .option("-o, --output <format>", "output format")
    .option("--dry-run [strategy]", "none, server, or client")
    .option("--server-side", "apply in the server")
    .option("--force-conflicts", "take over fields that others manage, with --server-side")
    .option("--field-manager <name>", "the name of the manager of the fields")
    .option("--validate [mode]", "strict, warn or ignore")
    .option("--overwrite", "accepted for compatibility", true)
    .action(run(apply));
};

async function apply(session: Session, _args: readonly string[], flags: Flags): Promise<void> {
  const files = flagList(flags, "filename");
  if (files.length === 0) throw new CommandError("must specify one of -f and -k");
  check(flags);
  const manifests = await readManifests(files, { io: session.io, recursive: isSet(flags, "recursive") });
  const discovery = await session.discovery();
  const errors: unknown[] = [];
  for (const { object, source } of manifests) {
    try {
      const resource = discovery.ofManifest({ object, source });
      const manifest = { object: inNamespace(session, resource, object), source };
      await applyOne(session, { resource, manifest }, flags);
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
}

/** Upstream: kubectl/pkg/cmd/apply/apply.go#ApplyOptions.Validate */
function check(flags: Flags): void {
  const dryRun = dryRunOf(flags);
  validation(flags);
  const inServer = isSet(flags, "serverSide");
  if (isSet(flags, "forceConflicts") && !inServer)
    throw new CommandError("--force-conflicts only works with --server-side");
  if (dryRun === "client" && inServer)
    throw new CommandError("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
}

/** Upstream: cli-runtime/pkg/resource/visitor.go#RequireNamespace */
export function inNamespace(session: Session, resource: Resource, object: AnyObject): AnyObject {
  if (!resource.namespaced) return object;
  const { namespace } = object.metadata;
  if (namespace && session.flags.namespace !== undefined && namespace !== session.namespace) {
    throw new CommandError(
      `the namespace from the provided object "${namespace}" does not match the namespace "${session.namespace}". You must pass '--namespace=${namespace}' to perform this operation.`,
    );
  }
  return { ...object, metadata: { ...object.metadata, namespace: namespace ?? session.namespace } };
}

async function applyOne(
  session: Session,
  { resource, manifest }: { resource: Resource; manifest: Manifest },
  flags: Flags,
): Promise<void> {
  const { object } = manifest;
  if (!object.metadata.name) throw new CommandError(`resource name may not be empty (in "${manifest.source}")`);
  if (isSet(flags, "serverSide")) return await applyInServer(session, { resource, object }, flags);
  const modified = withLastApplied(object);
  const current = await currentOf(session, resource, manifest);
  if (!current) return await createIt(session, { resource, modified, source: manifest.source }, flags);
  if (current.metadata.annotations?.[LAST_APPLIED] === undefined) await session.warn(missingWarning(resource, object));
  const done = await patchIt(session, { resource, modified, current, source: manifest.source }, flags);
  await reportObject(session, { resource, ...done, dryRun: dryRunOf(flags) }, flags);
}

async function currentOf(
  session: Session,
  resource: Resource,
  { object, source }: Manifest,
): Promise<AnyObject | undefined> {
  try {
    return await session.get(resource, keyOf(object));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw addContext(error, `error when retrieving current configuration of "${source}"`);
  }
}

async function createIt(
  session: Session,
  { resource, modified, source }: { resource: Resource; modified: AnyObject; source: string },
  flags: Flags,
): Promise<void> {
  const dryRun = dryRunOf(flags);
  const query = {
    ...dryRunQuery(dryRun),
    fieldManager: flag(flags, "fieldManager") ?? MANAGER,
    fieldValidation: validation(flags),
  };
  const create = async () =>
    await session.on(resource, { namespace: modified.metadata.namespace }, { method: "POST", body: modified, query });
  try {
    const object = dryRun === "client" ? modified : await create();
    await reportObject(session, { resource, object, verb: "created", dryRun }, flags);
  } catch (error) {
    throw addContext(error, `error when creating "${source}"`);
  }
}

interface Change {
  readonly resource: Resource;
  readonly modified: AnyObject;
  readonly current: AnyObject;
  readonly source: string;
}

async function patchIt(session: Session, change: Change, flags: Flags): Promise<{ object: AnyObject; verb: string }> {
  const { resource, modified, source } = change;
  const dryRun = dryRunOf(flags);
  const query = {
    ...dryRunQuery(dryRun),
    fieldManager: flag(flags, "fieldManager") ?? MANAGER,
    fieldValidation: validation(flags),
  };
  let { current } = change;
  for (let tries = 1; ; tries++) {
    const patch = applyPatch(modified, current);
    if (!patch) return { object: current, verb: "unchanged" };
    if (dryRun === "client") return { object: modified, verb: "configured" };
    try {
      const object = await session.on(resource, keyOf(modified), {
        method: "PATCH",
        body: patch.body,
        contentType: patch.contentType,
        query,
      });
      return {
        object,
        verb:
          object.metadata.resourceVersion === current.metadata.resourceVersion && dryRun === "none"
            ? "unchanged"
            : "configured",
      };
    } catch (error) {
      if (!isConflict(error) || tries >= MAX_CONFLICTS)
        throw addContext(error, `error when applying patch to "${source}"`);
      current = await session.on(resource, keyOf(modified));
    }
  }
}

async function applyInServer(
  session: Session,
  { resource, object }: { resource: Resource; object: AnyObject },
  flags: Flags,
): Promise<void> {
  const dryRun = dryRunOf(flags);
  const query = {
    ...dryRunQuery(dryRun),
    fieldManager: flag(flags, "fieldManager") ?? SERVER_SIDE_MANAGER,
    fieldValidation: validation(flags),
    force: isSet(flags, "forceConflicts"),
  };
  const applied = await session.on(resource, keyOf(object), {
    method: "PATCH",
    body: object,
    contentType: "application/apply-patch+yaml",
    query,
  });
  if (query.fieldManager === SERVER_SIDE_MANAGER)
    await keepLastApplied(
      session,
      { resource, applied },
      { dryRun: query.dryRun, fieldValidation: query.fieldValidation },
    );
  await reportObject(session, { resource, object: applied, verb: "serverside-applied", dryRun }, flags);
}

/**
 * The annotation that client-side apply has left gets a manager of its own: the next server-side apply would take it away.
 * Upstream: kubectl/pkg/cmd/apply/apply.go#ApplyOptions.saveLastApplyAnnotationIfNecessary
 */
async function keepLastApplied(
  session: Session,
  { resource, applied }: { resource: Resource; applied: AnyObject },
  options: { readonly dryRun: string | undefined; readonly fieldValidation: string },
): Promise<void> {
  const { name, namespace, annotations = {} } = applied.metadata;
  const text = annotations[LAST_APPLIED];
  if (text === undefined || isApplied(applied)) return;
  const body = {
    apiVersion: applied.apiVersion,
    kind: applied.kind,
    metadata: { name, ...(namespace ? { namespace } : {}), annotations: { [LAST_APPLIED]: text } },
  };
  await session.on(resource, keyOf(applied), {
    method: "PATCH",
    body,
    contentType: "application/apply-patch+yaml",
    query: { fieldManager: LAST_APPLIED_MANAGER, ...options },
  });
}

/** Whether somebody applies the annotation in the server already. */
function isApplied({ metadata }: AnyObject): boolean {
  return listAt(metadata, "managedFields").some(
    (entry) =>
      textAt(entry, "operation") === "Apply" &&
      at(entry, "fieldsV1", "f:metadata", "f:annotations", `f:${LAST_APPLIED}`) !== undefined,
  );
}

const VALIDATIONS: Readonly<Record<string, string>> = {
  strict: "Strict",
  true: "Strict",
  warn: "Warn",
  ignore: "Ignore",
  false: "Ignore",
};

/** Upstream: kubectl/pkg/cmd/util/helpers.go#GetValidationDirective */
export function validation(flags: Flags): string {
  const value = String(flags["validate"] ?? "strict");
  const directive = own(VALIDATIONS, value) ?? own(VALIDATIONS, String(parseGoBool(value))) ?? "";
  if (directive === "")
    throw new CommandError(
      `invalid - validate option ${JSON.stringify(value)}; must be one of: strict (or true), warn, ignore (or false)`,
    );
  return directive;
}

function keyOf({ metadata }: AnyObject): { namespace: string | undefined; name: string } {
  return { namespace: metadata.namespace, name: metadata.name };
}

function missingWarning(resource: Resource, object: AnyObject): string {
  return `Warning: resource ${resource.plural}/${object.metadata.name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`;
}
