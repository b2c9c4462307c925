import { isNotFound, StatusError, type V1Status, type WatchEvent } from "@dingi/apimachinery";
import { CommandError, throwAll } from "../command-error.ts";
import { shownType, type Discovery, type Resource } from "../discovery/discovery.ts";
import { textAt, type AnyObject, type Json } from "../json.ts";
import { printerFor, sortedBy, type Printer } from "../printers/output.ts";
import { isTable, TablePrinter, type Row, type Table } from "../printers/table.ts";
import { CHUNK_SIZE, listPages, withKinds } from "../resource/list-items.ts";
import { readManifests } from "../resource/manifests.ts";
import { parseTargets, type Target } from "../resource/targets.ts";
import { RequestTimeout } from "../observed-transport.ts";
import type { Call, Key, Session } from "../session.ts";
import { collect, flag, flagList, isSet, type Flags } from "../flags.ts";
import type { AddCommand } from "./command.ts";

const TABLE = ["v1", "v1beta1"]
  .map((version) => `application/json;as=Table;v=${version};g=meta.k8s.io,`)
  .join("")
  .concat("application/json");
const SUGGEST =
  'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.';

export const addGet: AddCommand = (program, run) => {
  program
    .command("get")
    .description("Display one or many resources")
    .argument("[target...]", "TYPE[,TYPE] [NAME...] or TYPE/NAME...")
    .option("-o, --output <format>", "json|yaml|name|wide|jsonpath=…|custom-columns=…")
    .option("-w, --watch", "watch for changes after listing")
    .option("--watch-only", "watch for changes without listing first")
    .option("--output-watch-events", "print the kind of each event")
    .option("-l, --selector <selector>", "label selector")
    .option("--field-selector <selector>", "field selector")
    .option("-A, --all-namespaces", "list across all namespaces")
    .option("-f, --filename <file>", "files that name the resources", collect)
    .option("-R, --recursive", "process directories recursively")
    .option("-L, --label-columns <labels>", "labels to show as columns", collect)
    .option("--show-labels", "show all labels as the last column")
    .option("--show-kind", "put the type before names")
    .option("--show-managed-fields", "keep managedFields in JSON and YAML")
    .option("--no-headers", "print no headers")
    .option("--ignore-not-found", "exit with 0 when a named object does not exist")
    .option("--sort-by <expression>", "sort lists by a JSONPath expression")
    .option("--chunk-size <n>", "objects per request", CHUNK_SIZE)
    .option("--raw <path>", "print what the server answers for a path")
    .action(run(get));
};

async function get(session: Session, args: readonly string[], flags: Flags): Promise<void> {
  const raw = flag(flags, "raw");
  if (raw !== undefined) return await printRaw(session, raw);
  const discovery = await session.discovery();
  const targets = await targetsOf(session, discovery, { args, flags });
  if (targets.length === 0)
    throw new CommandError(
      `${SUGGEST}\n\nerror: Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and examples`,
      { prefixed: false },
    );
  const printer = printerFor(flag(flags, "output"), {
    resourceOf: (object) => discovery.byKind(object.apiVersion, object.kind),
    showManagedFields: isSet(flags, "showManagedFields"),
    noHeaders: flags["headers"] === false,
  });
  const getter = new Getter(session, flags);
  if (isSet(flags, "watch") || isSet(flags, "watchOnly")) return await getter.watch(targets, printer);
  if (printer) return await getter.printObjects(targets, printer);
  await getter.printTables(targets);
}

async function targetsOf(
  session: Session,
  discovery: Discovery,
  { args, flags }: { args: readonly string[]; flags: Flags },
): Promise<LocatedTarget[]> {
  const files = flagList(flags, "filename");
  if (files.length === 0) return parseTargets(discovery, args);
  const manifests = await readManifests(files, { io: session.io, recursive: isSet(flags, "recursive") });
  return manifests.map(({ object, source }) => ({
    resource: discovery.ofManifest({ object, source }),
    name: object.metadata.name,
    ...(object.metadata.namespace ? { namespace: object.metadata.namespace } : {}),
  }));
}

interface LocatedTarget extends Target {
  readonly namespace?: string;
}

async function printRaw(session: Session, path: string): Promise<void> {
  const url = new URL(path, "https://server");
  const query = Object.fromEntries(url.searchParams);
  await using response = await session.stream(url.pathname, { query }).catch((error: unknown) => {
    throw isNotFound(error) && !error.status.details
      ? StatusError.make(404, "NotFound", "the server could not find the requested resource")
      : error;
  });
  for await (const chunk of response.body) session.io.stdout.write(chunk);
}

class Getter {
  readonly #session: Session;
  readonly #flags: Flags;

  constructor(session: Session, flags: Flags) {
    this.#session = session;
    this.#flags = flags;
  }

  async printObjects(targets: readonly LocatedTarget[], printer: Printer): Promise<void> {
    const errors: unknown[] = [];
    const objects: AnyObject[] = [];
    for (const target of targets)
      await this.#attempt(errors, async () => void objects.push(...(await this.#objects(target))));
    const single = targets.length === 1 && targets[0]!.name !== undefined;
    const sortBy = flag(this.#flags, "sortBy");
    const items = sortBy === undefined ? objects : sortedBy(sortBy, objects, (object) => object);
    const list = { apiVersion: "v1", items, kind: "List", metadata: { resourceVersion: "" } };
    if (!single && (errors.length === 0 || items.length > 0)) await this.#session.print(printer(list));
    else if (single && items[0]) await this.#session.print(printer(items[0]));
    throwAll(errors);
  }

  async printTables(targets: readonly LocatedTarget[]): Promise<void> {
    const errors: unknown[] = [];
    const many = new Set(targets.map(({ resource }) => resource)).size > 1;
    const found: { resource: Resource; table: Table }[] = [];
    for (const target of targets)
      await this.#attempt(
        errors,
        async () => void found.push({ resource: target.resource, table: await this.#table(target) }),
      );
    const groups = mergeTables(found).filter(({ table }) => table.rows.length > 0);
    const texts = groups.map(({ resource, table }) => this.#printer(resource, many).format(this.#sort(table)));
    await this.#session.print(texts.join("\n"));
    if (groups.length === 0 && errors.length === 0 && !isSet(this.#flags, "ignoreNotFound"))
      await this.#session.warn(this.#nothing(targets));
    throwAll(errors);
  }

  async watch(targets: readonly LocatedTarget[], printer: Printer | undefined): Promise<void> {
    const [target, ...more] = targets;
    if (!target || more.length > 0) throw new CommandError("you may only specify a single resource type");
    const table = this.#printer(target.resource, false);
    const pages = await this.#start(target, printer === undefined);
    if (!isSet(this.#flags, "watchOnly")) await this.#printFirst(pages, { target, printer, table });
    // Of one object a watch from "0" tells the state first, which has been printed.
    let isTold = target.name === undefined;
    const resourceVersion = target.name === undefined ? textAt(pages.at(-1), "metadata", "resourceVersion") : "0";
    const selection = target.name === undefined ? this.#selection() : { fieldSelector: `metadata.name=${target.name}` };
    const { name: _, ...collection } = this.#key(target);
    const call = { query: { ...selection, resourceVersion }, accept: printer ? "application/json" : TABLE };
    for await (const { type, object } of this.#events(target.resource, collection, call)) {
      if (isTold)
        await this.#session.print(
          printer ? printer(object as unknown as Json) : table.format(object as unknown as Table, this.#event(type)),
        );
      isTold = true;
    }
  }

  *#told(event: WatchEvent): Iterable<WatchEvent> {
    if (event.type === "ERROR") throw new StatusError(event.object as unknown as V1Status);
    if (event.type !== "BOOKMARK") yield event;
  }

  /** Until the server, or the time that a request may take, ends it. */
  async *#events(resource: Resource, collection: Key, call: Call): AsyncIterable<WatchEvent> {
    try {
      for await (const events of this.#session.watch(resource, collection, call)) {
        for (const event of events) yield* this.#told(event);
      }
    } catch (error) {
      if (!(error instanceof RequestTimeout)) throw error;
    }
  }

  async #start(target: LocatedTarget, asTable: boolean): Promise<Json[]> {
    if (target.name === undefined) return await this.#pages(target, asTable);
    return [await this.#session.get(target.resource, this.#key(target), asTable ? { accept: TABLE } : {})];
  }

  async #printFirst(
    pages: readonly Json[],
    { target, printer, table }: { target: LocatedTarget; printer: Printer | undefined; table: TablePrinter },
  ): Promise<void> {
    for (const page of pages) {
      if (!printer) await this.#session.print(table.format(tableOf(page), this.#event("ADDED")));
      else
        for (const item of target.name === undefined ? withKinds(page) : [page])
          await this.#session.print(printer(item));
    }
  }

  #event(type: string): string | undefined {
    return isSet(this.#flags, "outputWatchEvents") ? type : undefined;
  }

  async #attempt(errors: unknown[], read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (error) {
      const isIgnored = isSet(this.#flags, "ignoreNotFound") && error instanceof StatusError && error.code === 404;
      if (!isIgnored) errors.push(error);
    }
  }

  async #objects(target: LocatedTarget): Promise<AnyObject[]> {
    if (target.name !== undefined) return [await this.#session.get(target.resource, this.#key(target))];
    const pages = await this.#pages(target, false);
    return pages.flatMap(withKinds);
  }

  async #table(target: LocatedTarget): Promise<Table> {
    const pages =
      target.name === undefined
        ? await this.#pages(target, true)
        : [
            await this.#session.get(target.resource, this.#key(target), {
              accept: TABLE,
              query: { includeObject: this.#included() },
            }),
          ];
    const tables = pages.map(tableOf);
    return { ...tables[0]!, rows: tables.flatMap(({ rows }) => rows ?? []) };
  }

  async #pages(target: LocatedTarget, asTable: boolean): Promise<Json[]> {
    // What is sorted has to be whole.
    const limit = flag(this.#flags, "sortBy") === undefined ? flag(this.#flags, "chunkSize") : "0";
    const query = { ...this.#selection(), ...(asTable ? { includeObject: this.#included() } : {}) };
    const { namespace } = this.#key(target);
    return await listPages(this.#session, target.resource, {
      namespace,
      limit,
      query,
      ...(asTable ? { accept: TABLE } : {}),
    });
  }

  #key({ resource, name, namespace }: LocatedTarget): { namespace?: string; name?: string } {
    const everywhere = isSet(this.#flags, "allNamespaces");
    if (everywhere && name !== undefined)
      throw new CommandError("a resource cannot be retrieved by name across all namespaces");
    return {
      ...(resource.namespaced && !everywhere ? { namespace: namespace ?? this.#session.namespace } : {}),
      ...(name === undefined ? {} : { name }),
    };
  }

  #selection(): Record<string, string | undefined> {
    return { labelSelector: flag(this.#flags, "selector"), fieldSelector: flag(this.#flags, "fieldSelector") };
  }

  #included(): string | undefined {
    return flag(this.#flags, "sortBy") === undefined ? undefined : "Object";
  }

  #sort(table: Table): Table {
    const sortBy = flag(this.#flags, "sortBy");
    return sortBy === undefined ? table : { ...table, rows: sortedBy<Row>(sortBy, table.rows, (row) => row.object) };
  }

  #printer(resource: Resource, many: boolean): TablePrinter {
    return new TablePrinter({
      wide: flag(this.#flags, "output") === "wide",
      noHeaders: this.#flags["headers"] === false,
      withNamespace: isSet(this.#flags, "allNamespaces") && resource.namespaced,
      showLabels: isSet(this.#flags, "showLabels"),
      labelColumns: flagList(this.#flags, "labelColumns").flatMap((each) => each.split(",")),
      type: shownType(resource),
      showKind: many || isSet(this.#flags, "showKind"),
    });
  }

  #nothing(targets: readonly LocatedTarget[]): string {
    const inNamespace = targets.some(({ resource }) => resource.namespaced) && !isSet(this.#flags, "allNamespaces");
    return inNamespace ? `No resources found in ${this.#session.namespace} namespace.\n` : "No resources found\n";
  }
}

/** Tables of one type stand under one header. */
function mergeTables(found: readonly { resource: Resource; table: Table }[]): { resource: Resource; table: Table }[] {
  const merged: { resource: Resource; table: Table }[] = [];
  for (const { resource, table } of found) {
    const last = merged.at(-1);
    if (last?.resource === resource) last.table = { ...last.table, rows: [...last.table.rows, ...table.rows] };
    else merged.push({ resource, table });
  }
  return merged;
}

function tableOf(page: Json): Table {
  return isTable(page) ? page : plainTable(page);
}

/** For a server that does not make tables. */
function plainTable(page: Json): Table {
  const objects = Array.isArray(page["items"]) ? (page["items"] as AnyObject[]) : [page as AnyObject];
  const rows = objects.map((object) => ({
    cells: [object.metadata.name, object.metadata.creationTimestamp ?? "<unknown>"],
    object,
  }));
  return { columnDefinitions: [{ name: "Name" }, { name: "Created At" }], rows };
}
