import { CommandError } from "../command-error.ts";
import type { Discovery, Resource } from "../discovery/discovery.ts";

export interface Target {
  readonly resource: Resource;
  /** All of the type when absent. */
  readonly name?: string;
}

/**
 * What positional arguments name: "pods", "pods a b", "pods,svc", "pod/a svc/b", "all".
 * Upstream: cli-runtime/pkg/resource/builder.go#Builder.ResourceTypeOrNameArgs
 */
export function parseTargets(
  discovery: Discovery,
  args: readonly string[],
  options: { defaultType?: string } = {},
): Target[] {
  if (args.some((arg) => arg.includes("/"))) return args.map((arg) => slashed(discovery, arg, options.defaultType));
  const [first = "", ...names] = args;
  if (options.defaultType !== undefined)
    return args.map((name) => ({ resource: discovery.find(options.defaultType!), name }));
  const types = first
    .split(",")
    .filter((type) => type !== "")
    .flatMap((type) => resolveType(discovery, type));
  if (names.length === 0) return types.map((resource) => ({ resource }));
  return types.flatMap((resource) => names.map((name) => ({ resource, name })));
}

function resolveType(discovery: Discovery, type: string): Resource[] {
  const category = discovery.inCategory(type);
  return category.length > 0 ? category : [discovery.find(type)];
}

function slashed(discovery: Discovery, arg: string, defaultType: string | undefined): Target {
  const parts = arg.split("/");
  if (parts.length === 1 && defaultType !== undefined) return { resource: discovery.find(defaultType), name: arg };
  if (parts.length === 1) {
    throw new CommandError(
      "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
    );
  }
  const [type = "", name = ""] = parts;
  if (parts.length > 2 || type === "" || name === "")
    throw new CommandError("arguments in resource/name form may not have more than one slash");
  return { resource: discovery.find(type), name };
}

/** Exactly one named object. */
export function parseOne(
  discovery: Discovery,
  args: readonly string[],
  defaultType?: string,
): Target & { readonly name: string } {
  const [target, ...more] = parseTargets(discovery, args, defaultType === undefined ? {} : { defaultType });
  if (!target?.name || more.length > 0) throw new CommandError("expected exactly one resource, as TYPE/NAME");
  return { resource: target.resource, name: target.name };
}
