import type { UserInfo } from "@dingi/apimachinery";

const PREFIX = "system:node:";

/** The node that a user is; undefined for anyone else. Upstream: pkg/auth/nodeidentifier/default.go */
export function nodeOf(user: UserInfo): string | undefined {
  if (!user.name.startsWith(PREFIX) || !user.groups.includes("system:nodes")) return undefined;
  return user.name.slice(PREFIX.length);
}
