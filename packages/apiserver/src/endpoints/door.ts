import { newMethodNotSupported, type AnyKind, type KubeObject, type UpdateStrategy } from "@dingi/apimachinery";
import { own } from "@dingi/base";

/** What a scale leaves alone is the parent's status. */
const SCALE: UpdateStrategy<KubeObject> = { resetFields: [["status"]] };

/** The rules of the door that a request comes through: the object itself or a subresource. Throws StatusError 405. */
export function doorStrategy(kind: AnyKind, subresource: string): UpdateStrategy<KubeObject> {
  if (subresource === "") return kind.strategy;
  const door = own(kind.subresources, subresource);
  if (door?.type === "update") return door.strategy;
  if (door?.type === "scale") return SCALE;
  throw newMethodNotSupported({ group: kind.group, resource: kind.plural }, "update");
}
