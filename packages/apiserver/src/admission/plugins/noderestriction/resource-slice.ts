import type { V1ResourceSlice } from "@dingi/api";
import { refuse, type NodeRequest } from "./node-request.ts";

/** What the authorizer does not see: what a new one is about, and each of a collection that is deleted. */
export function checkResourceSlice({ node, attributes }: NodeRequest): void {
  const { operation, object, oldObject } = attributes;
  if (operation !== "CREATE" && operation !== "DELETE") return;
  const slice = (operation === "CREATE" ? object : oldObject) as unknown as V1ResourceSlice;
  if (slice.spec.nodeName === node) return;
  const verb = operation === "CREATE" ? "create" : "delete";
  throw refuse(attributes, `can only ${verb} ResourceSlice with the same NodeName as the requesting node`);
}
