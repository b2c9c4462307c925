import { groupOf } from "@dingi/apimachinery";

/** How upstream's Go calls the type in which it works with a kind, which some messages show: "core.Service". */
export function goTypeOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  const group = groupOf(apiVersion);
  return `${group === "" || kind === "Event" ? "core" : group.split(".")[0]}.${kind}`;
}
