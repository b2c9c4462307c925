import type { Filling, Json } from "./filling.ts";

/** A kind whose objects can be made to hurt. */
export interface HostileKind {
  /** Of the collection. */
  readonly url: string;
  /** Where only one name is right. */
  readonly name?: string;
  /** An object that is right, but for its name. */
  readonly base: Json;
  /** What hurts this kind in particular: fields that are put over those of the base. */
  readonly fields: Readonly<Record<string, (filling: Filling) => Json>>;
}
