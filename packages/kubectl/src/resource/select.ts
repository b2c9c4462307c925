import type { Command } from "commander";
import { CommandError } from "../command-error.ts";
import { collect, flag, flagList, isSet, type Flags } from "../flags.ts";
import { listPages, withKinds } from "./list-items.ts";
import type { Resource } from "../discovery/discovery.ts";
import type { AnyObject } from "../json.ts";
import type { Session } from "../session.ts";
import { readManifests } from "./manifests.ts";
import { parseTargets } from "./targets.ts";

/** One named object. */
export interface Located {
  readonly resource: Resource;
  readonly name: string;
  readonly namespace?: string;
  /** When a list or a file of manifests has brought it along. */
  readonly object?: AnyObject;
  /** The file that names it. */
  readonly source?: string;
}

/** The object as a list had it, or else as it is now. */
export async function read(session: Session, located: Located): Promise<AnyObject> {
  return located.object ?? (await session.get(located.resource, located));
}

export function addSelection(command: Command): Command {
  return command
    .option("-f, --filename <file>", "files that name the resources", collect)
    .option("-R, --recursive", "process directories recursively")
    .option("-l, --selector <selector>", "label selector")
    .option("--field-selector <selector>", "field selector")
    .option("--all", "all resources of the type in the namespace")
    .option("-A, --all-namespaces", "across all namespaces");
}

/** The objects that arguments, files or selectors name; lists are read where no name is given. */
export async function select(session: Session, args: readonly string[], flags: Flags): Promise<Located[]> {
  const discovery = await session.discovery();
  const files = flagList(flags, "filename");
  if (files.length > 0) {
    const manifests = await readManifests(files, { io: session.io, recursive: isSet(flags, "recursive") });
    return manifests.map(({ object, source }) => ({
      ...locate(session, discovery.ofManifest({ object, source }), object),
      source,
    }));
  }
  if (args.length === 0) throw nothingGiven();
  const located: Located[] = [];
  for (const { resource, name } of parseTargets(discovery, args)) {
    if (name === undefined) located.push(...(await listed(session, resource, flags)));
    else located.push({ resource, name, ...(resource.namespaced ? { namespace: session.namespace } : {}) });
  }
  return located;
}

function locate(session: Session, resource: Resource, { metadata }: AnyObject): Located {
  return {
    resource,
    name: metadata.name,
    ...(resource.namespaced ? { namespace: metadata.namespace ?? session.namespace } : {}),
  };
}

async function listed(session: Session, resource: Resource, flags: Flags): Promise<Located[]> {
  const [selector, fields] = [flag(flags, "selector"), flag(flags, "fieldSelector")];
  if (selector === undefined && fields === undefined && !isSet(flags, "all")) {
    throw new CommandError("resource(s) were provided, but no name was specified");
  }
  const namespace = isSet(flags, "allNamespaces") ? undefined : session.namespace;
  const query = { labelSelector: selector, fieldSelector: fields };
  const pages = await listPages(session, resource, { namespace, query, limit: flag(flags, "chunkSize") });
  return pages.flatMap(withKinds).map((object) => ({ ...locate(session, resource, object), object }));
}

/** Upstream: cli-runtime/pkg/resource/builder.go#missingResourceError */
export function nothingGiven(): CommandError {
  return new CommandError(
    "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
  );
}
