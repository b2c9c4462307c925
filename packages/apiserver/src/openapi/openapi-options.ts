import type { Scheme } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";

export interface OpenApiOptions {
  readonly scheme: Scheme;
  /** "1.37" */
  readonly version: string;
  readonly clock: Clock;
}
