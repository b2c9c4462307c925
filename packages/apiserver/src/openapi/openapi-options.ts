import type { ServedKinds } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";

export interface OpenApiOptions {
  readonly kinds: ServedKinds;
  /** "1.37" */
  readonly version: string;
  readonly clock: Clock;
}
