import { groupPriorityOf } from "../bootstrap/api-services.ts";
import type { RemoteVersion, RemoteVersions } from "../aggregator/remote-discovery.ts";
import { compareVersions } from "./compare-versions.ts";
import type { DiscoveredVersion } from "./resources.ts";

/** A version in the order in which it is shown, with what another server says of it if it is that one's. */
export interface ShownVersion extends DiscoveredVersion {
  readonly remote?: RemoteVersion;
}

/** Other servers' versions among those that are served here, which they take the place of. Groups that want to be first come first. */
export function mergeRemote(own: readonly ShownVersion[], remote: RemoteVersions): readonly ShownVersion[] {
  if (remote.size === 0) return own;
  const others = [...remote].map(([apiVersion, version]): ShownVersion => {
    const { group, version: name } = version.api;
    return { apiVersion, group, version: name, resources: [], remote: version };
  });
  const all = [...own.filter(({ apiVersion }) => !remote.has(apiVersion)), ...others];
  const priorities = new Map<string, number>();
  for (const { group, remote: other } of all) {
    const priority = other ? other.api.groupPriority : groupPriorityOf(group);
    priorities.set(group, Math.max(priority, priorities.get(group) ?? 0));
  }
  const byGroup = (a: ShownVersion, b: ShownVersion) =>
    priorities.get(b.group)! - priorities.get(a.group)! || (a.group < b.group ? -1 : a.group > b.group ? 1 : 0);
  return all.sort((a, b) => byGroup(a, b) || byVersion(a, b));
}

/** Those of the same server's in the order that it wants. */
function byVersion(a: ShownVersion, b: ShownVersion): number {
  const wanted = a.remote && b.remote ? b.remote.api.versionPriority - a.remote.api.versionPriority : 0;
  return wanted || compareVersions(b.version, a.version);
}
