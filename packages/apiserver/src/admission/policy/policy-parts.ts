import type { Authorizer } from "../../authorization/authorizer.ts";
import type { StoreFeed } from "../../cacher/store-feed.ts";
import type { Namespaces } from "../matching/namespaces.ts";
import type { Params } from "./params.ts";

/** What plugins that follow policies are made of. */
export interface PolicyPluginParts {
  readonly feed: StoreFeed;
  readonly authorizer: Authorizer;
  readonly namespaces: Namespaces;
  readonly params: Params;
}
