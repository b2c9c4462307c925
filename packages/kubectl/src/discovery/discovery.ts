import { builtinKinds } from "@dingi/api";
import { invariant } from "@dingi/base";
import {
  AGGREGATED_DISCOVERY,
  apiVersionOfResource,
  readServed,
  RestMapper,
  type ServedResource,
  type Transport,
} from "@dingi/client";
import { CommandError } from "../command-error.ts";
import type { AnyObject } from "../json.ts";

export type Resource = ServedResource;

/** Older servers answer as they can. */
const ACCEPT = `${AGGREGATED_DISCOVERY},application/json`;

/** What the server serves, in its order. Upstream: client-go/discovery/discovery_client.go */
export class Discovery extends RestMapper {
  static async load(transport: Transport): Promise<Discovery> {
    const load = async (path: string) =>
      readServed(await transport.request({ method: "GET", path, query: new URLSearchParams(), accept: ACCEPT }));
    const [core, groups] = await Promise.all([load("/api"), load("/apis")]);
    return new Discovery({
      resources: [...core.resources, ...groups.resources],
      apiVersions: [...core.apiVersions, ...groups.apiVersions],
    });
  }

  /** As `lookUp`, for what must be there. */
  find(text: string): Resource {
    const found = this.lookUp(text);
    if (!found) throw new CommandError(`the server doesn't have a resource type "${text}"`);
    return found;
  }

  /** What a manifest is of. */
  ofManifest({ object, source }: { readonly object: AnyObject; readonly source: string }): Resource {
    try {
      return this.byKind(object.apiVersion, object.kind);
    } catch (cause) {
      if (!(cause instanceof CommandError)) throw cause;
      const { name = "", namespace = "" } = object.metadata;
      throw new CommandError(
        `resource mapping not found for name: "${name}" namespace: "${namespace}" from "${source}": ${cause.message}`,
        { cause },
      );
    }
  }

  byKind(apiVersion: string, kind: string): Resource {
    const found = this.resourceOf(apiVersion, kind);
    if (!found)
      throw new CommandError(
        `no matches for kind "${kind}" in version "${apiVersion}"\nensure CRDs are installed first`,
      );
    return found;
  }
}

/** Of a kind that every server of our release serves. */
export function builtinResource({ apiVersion, kind }: { apiVersion: string; kind: string }): Resource {
  const found = builtinKinds.find((each) => each.kind === kind && each.versions[apiVersion]);
  invariant(found !== undefined, `There is no built-in kind ${kind} in ${apiVersion}`);
  const { group, plural, scope } = found;
  return {
    group,
    version: apiVersion.slice(apiVersion.indexOf("/") + 1),
    kind,
    plural,
    singular: kind.toLowerCase(),
    shortNames: found.shortNames ?? [],
    categories: found.categories ?? [],
    namespaced: scope === "Namespaced",
    verbs: [],
    preferred: true,
  };
}

export const apiVersionOf = apiVersionOfResource;

/** "pod", "deployment.apps": how output names a type. */
export function shownType({ singular, plural, group }: Resource): string {
  const name = singular || plural;
  return group === "" ? name : `${name}.${group}`;
}

/** "pods", "deployments.apps": how errors name a type. */
export function groupResource({ plural, group }: Resource): string {
  return group === "" ? plural : `${plural}.${group}`;
}

export function resourcePath(
  resource: Resource,
  key: { namespace?: string | undefined; name?: string; subresource?: string },
): string {
  const root = resource.group === "" ? "/api" : "/apis";
  const namespace = resource.namespaced && key.namespace ? `/namespaces/${encodeURIComponent(key.namespace)}` : "";
  const name = key.name === undefined ? "" : `/${encodeURIComponent(key.name)}`;
  return `${root}/${apiVersionOf(resource)}${namespace}/${resource.plural}${name}${key.subresource ? `/${key.subresource}` : ""}`;
}
