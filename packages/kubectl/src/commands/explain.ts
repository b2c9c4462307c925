import { CommandError } from "../command-error.ts";
import { apiVersionOf, type Discovery, type Resource } from "../discovery/discovery.ts";
import { ExplainText } from "../explain/explain-text.ts";
import { SchemaDocument } from "../explain/schema-document.ts";
import { flag, isSet, numberFlag, type Flags } from "../flags.ts";
import { at, textAt, type Json } from "../json.ts";
import type { Session } from "../session.ts";
import type { AddCommand } from "./command.ts";

export const addExplain: AddCommand = (program, run) => {
  program
    .command("explain")
    .description("Get documentation for a resource")
    .argument("[type...]", "TYPE[.FIELD...]")
    .option("--recursive", "the fields of all fields")
    .option("--max-depth <n>", "how deep, with --recursive; 0 for all", "0")
    .option("--api-version <version>", "of this group and version")
    .action(run(explain));
};

async function explain(session: Session, args: readonly string[], flags: Flags): Promise<void> {
  const [target, ...more] = args;
  if (target === undefined)
    throw new CommandError(
      'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.',
    );
  if (more.length > 0) throw new CommandError("We accept only this format: explain RESOURCE");
  const recursive = isSet(flags, "recursive");
  const maxDepth = numberFlag(flags, "maxDepth") ?? 0;
  if (maxDepth > 0 && !recursive) throw new CommandError("--max-depth requires --recursive");
  if (maxDepth < 0) throw new CommandError("--max-depth must be non-negative");
  const discovery = await session.discovery();
  const { resource, path } = splitPath(discovery, target, flag(flags, "apiVersion"));
  const document = await documentOf(session, resource);
  const schema = document.ofKind(resource);
  if (!schema) throw new CommandError(`GVR (${shownGvr(resource)}) not found in OpenAPI schema`);
  const text = new ExplainText(document, { recursive, maxDepth }).render(schema, path);
  const group = resource.group === "" ? "" : `GROUP:      ${resource.group}\n`;
  await session.print(`${group}KIND:       ${resource.kind}\nVERSION:    ${resource.version}\n\n`);
  if (text === undefined) throw new CommandError(`field "${path.at(-1)}" does not exist`);
  await session.print(`${text}\n`);
}

/** "pods.spec.containers", "deployments.apps.spec", "deployments.v1.apps.spec": the longest type wins. */
function splitPath(
  discovery: Discovery,
  target: string,
  apiVersion: string | undefined,
): { resource: Resource; path: string[] } {
  const parts = target.replace(/\.$/, "").split(".");
  for (let length = parts.length; length > 1; length--) {
    const resource = discovery.lookUp(parts.slice(0, length).join("."));
    if (resource && apiVersion === undefined) return { resource, path: parts.slice(length) };
  }
  const resource = discovery.lookUp(parts[0]!);
  if (!resource) throw new CommandError(`the server doesn't have a resource type "${parts[0]}"`, { prefixed: false });
  const path = parts.slice(1);
  if (apiVersion === undefined) return { resource, path };
  const asked = discovery.resources.find(
    (each) => apiVersionOf(each) === apiVersion && each.plural === resource.plural,
  );
  if (asked) return { resource: asked, path };
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  if (!discovery.resources.some((each) => apiVersionOf(each) === apiVersion))
    throw new CommandError(
      `couldn't find resource for "${shownGvr({ ...resource, group, version }).replace(/^\//, "")}"`,
    );
  throw new CommandError(`GVR (${shownGvr({ ...resource, group, version })}) not found in OpenAPI schema`);
}

function shownGvr({ group, version, plural }: Pick<Resource, "group" | "version" | "plural">): string {
  return `${group}/${version}, Resource=${plural}`;
}

async function documentOf(session: Session, resource: Resource): Promise<SchemaDocument> {
  const name = `${resource.group === "" ? "api" : "apis"}/${apiVersionOf(resource)}`;
  const index = await session.call<Json>("/openapi/v3");
  const url = textAt(at(index, "paths", name), "serverRelativeURL");
  if (url === "")
    throw new CommandError(`couldn't find resource for "${apiVersionOf(resource)}, Kind=${resource.kind}"`);
  const { pathname, searchParams } = new URL(url, "https://server");
  return new SchemaDocument(await session.call<Json>(pathname, { query: Object.fromEntries(searchParams) }));
}
