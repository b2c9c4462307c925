import type { ServedKinds } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import type { RemoteOpenApi } from "../aggregator/remote-openapi.ts";

export interface OpenApiOptions {
  readonly kinds: ServedKinds;
  /** "1.37" */
  readonly version: string;
  readonly clock: Clock;
  /** What other servers say of theirs. */
  readonly remote?: RemoteOpenApi;
}
