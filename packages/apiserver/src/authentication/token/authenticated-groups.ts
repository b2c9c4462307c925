export const AUTHENTICATED_GROUP = "system:authenticated";
export const UNAUTHENTICATED_GROUP = "system:unauthenticated";

/** Everybody who is somebody is in one more group. Upstream: apiserver/pkg/authentication/group/authenticated_group_adder.go */
export function authenticatedGroups(name: string, groups: readonly string[]): readonly string[] {
  const isTold = groups.includes(AUTHENTICATED_GROUP) || groups.includes(UNAUTHENTICATED_GROUP);
  return name === "system:anonymous" || isTold ? groups : [...groups, AUTHENTICATED_GROUP];
}
