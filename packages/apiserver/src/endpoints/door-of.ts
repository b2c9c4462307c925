import { newMethodNotSupported, type AnyKind } from "@dingi/apimachinery";
import { own } from "@dingi/base";
import type { ResourceRequest } from "../routing/request-info.ts";
import type { Door } from "./door.ts";
import { ObjectDoor } from "./object-door.ts";
import { ScaleDoor } from "./scale-door.ts";

/** Throws StatusError 405. */
export function doorOf(kind: AnyKind, info: ResourceRequest): Door {
  const subresource = own(kind.subresources, info.subresource);
  if (subresource?.type === "scale") return new ScaleDoor(kind, info.apiVersion, subresource);
  if (info.subresource !== "" && subresource?.type !== "update")
    throw newMethodNotSupported({ group: kind.group, resource: kind.plural }, "update");
  return new ObjectDoor(kind, info.apiVersion, subresource?.type === "update" ? subresource.strategy : kind.strategy);
}
