import type { Clock, Random } from "@dingi/base";
import type { Authorizer } from "../../authorization/authorizer.ts";
import type { StoreFeed } from "../../cacher/store-feed.ts";
import type { WebhookClient } from "../../webhook/webhook-client.ts";
import type { Namespaces } from "../matching/namespaces.ts";

/** What both plugins that call webhooks are made of. */
export interface WebhookPluginParts {
  readonly feed: StoreFeed;
  readonly clock: Clock;
  readonly random: Random;
  readonly authorizer: Authorizer;
  readonly namespaces: Namespaces;
  readonly webhooks: WebhookClient;
}
