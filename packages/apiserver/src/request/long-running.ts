import { preferredWait } from "../discovery/preferred-wait.ts";
import type { Call } from "./call.ts";

const VERBS: ReadonlySet<string> = new Set(["watch", "proxy"]);
/** Discovery, by clients that have it and wait for another. */
const WAITED_FOR: ReadonlySet<string> = new Set(["/api", "/apis"]);
const SUBRESOURCES: ReadonlySet<string> = new Set(["attach", "exec", "proxy", "log", "portforward"]);

/** What lasts as long as its client wants: it has no deadline, and is not counted. Upstream: pkg/controlplane/apiserver/config.go#BuildGenericConfig */
export function isLongRunning({ info, request }: Pick<Call, "info" | "request">): boolean {
  if (VERBS.has(info.verb)) return true;
  if (!info.isResource) return WAITED_FOR.has(info.path) && preferredWait(request) !== undefined;
  return info.subresource !== "" && SUBRESOURCES.has(info.subresource);
}
