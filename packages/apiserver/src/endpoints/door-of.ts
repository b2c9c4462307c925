import { inVersion, newMethodNotSupported, type AnyKind } from "@dingi/apimachinery";
import { own } from "@dingi/base";
import type { WriteContext } from "../registry/request-context.ts";
import type { ResourceRequest } from "../routing/request-info.ts";
import type { Door } from "./door.ts";
import { ObjectDoor } from "./object-door.ts";
import { ScaleDoor } from "./scale-door.ts";
import { VersionDoor } from "./version-door.ts";

/** Throws StatusError 405. */
export function doorOf(kind: AnyKind, info: ResourceRequest, context?: WriteContext): Door {
  const { subresources, strategy } = inVersion(kind, info.apiVersion);
  const subresource = own(subresources, info.subresource);
  if (subresource?.type === "scale") return new ScaleDoor(kind, info.apiVersion, subresource);
  if (info.subresource !== "" && subresource?.type !== "update")
    throw newMethodNotSupported({ group: kind.group, resource: kind.plural }, "update");
  const rules = subresource?.type === "update" ? subresource.strategy : strategy;
  return context && isJudgedAsWritten(kind, info.apiVersion)
    ? new VersionDoor(kind, rules, context)
    : new ObjectDoor(kind, info.apiVersion, rules);
}

/** Whether a version that is not the stored one has rules of its own. */
function isJudgedAsWritten(kind: AnyKind, apiVersion: string): boolean {
  return apiVersion !== kind.apiVersion && kind.versions[apiVersion]?.strategy !== undefined;
}
