import type { RequestInfo } from "../routing/request-info.ts";

const VERBS: ReadonlySet<string> = new Set(["watch", "proxy"]);
const SUBRESOURCES: ReadonlySet<string> = new Set(["attach", "exec", "proxy", "log", "portforward"]);

/** What lasts as long as its client wants: it has no deadline, and is not counted. Upstream: pkg/controlplane/apiserver/config.go#BuildGenericConfig */
export function isLongRunning(info: RequestInfo): boolean {
  if (VERBS.has(info.verb)) return true;
  return info.isResource && info.subresource !== "" && SUBRESOURCES.has(info.subresource);
}
