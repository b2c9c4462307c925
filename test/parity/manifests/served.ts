import type { Recorder } from "./recorder.ts";

interface ResourceList {
  readonly groupVersion: string;
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly verbs: readonly string[] }[];
}

/** "apps/v1 Deployment": what can be created. */
export async function servedKinds(recorder: Recorder): Promise<ReadonlySet<string>> {
  const read = async (url: string) => JSON.parse((await recorder.ask("GET", url)).text) as unknown;
  const { groups } = (await read("/apis")) as { groups: { versions: { groupVersion: string }[] }[] };
  const versions = groups.flatMap((group) => group.versions.map(({ groupVersion }) => `/apis/${groupVersion}`));
  const kinds = new Set<string>();
  for (const url of ["/api/v1", ...versions]) {
    const { groupVersion, resources } = (await read(url)) as ResourceList;
    for (const { name, kind, verbs } of resources)
      if (!name.includes("/") && verbs.includes("create")) kinds.add(`${groupVersion} ${kind}`);
  }
  return kinds;
}
