import { groupOf, type AnyKind } from "@dingi/apimachinery";

/** How upstream's Go calls the type in which it works with a kind, which some messages show: "core.Service". */
export function goTypeOf({
  apiVersion,
  kind,
  custom,
}: Pick<AnyKind, "apiVersion" | "kind"> & { readonly custom?: boolean | undefined }): string {
  if (custom) return "unstructured.Unstructured";
  const group = groupOf(apiVersion);
  return `${group === "" || kind === "Event" ? "core" : group.split(".")[0]}.${kind}`;
}
