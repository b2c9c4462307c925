import { textAt, type AnyObject, type Json } from "../json.ts";

/** Items of a list do not name their own type on the wire. */
export function withKinds(list: Json): AnyObject[] {
  const kind = textAt(list, "kind").replace(/List$/, "");
  const items = Array.isArray(list["items"]) ? (list["items"] as AnyObject[]) : [];
  return items.map((item) => ({
    ...item,
    apiVersion: item.apiVersion ?? textAt(list, "apiVersion"),
    kind: item.kind ?? kind,
  }));
}
