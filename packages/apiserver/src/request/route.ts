import type { Aggregator } from "../aggregator/aggregator.ts";
import type { ResourceRouter } from "../endpoints/resource-router.ts";
import type { NonResourceRouter } from "../routing/non-resource-router.ts";
import type { Next } from "./filter.ts";

export interface Endpoints {
  readonly resources: ResourceRouter;
  readonly nonResources: NonResourceRouter;
  /** Comes first: what another server is registered for it gets. */
  readonly aggregator?: Pick<Aggregator, "route">;
}

/** To the endpoint, behind the last filter. */
export function route({ resources, nonResources, aggregator }: Endpoints): Next {
  return async (call) => {
    const answer = aggregator?.route(call);
    if (answer) return await answer;
    const { request, info, user, warnings, annotations, audit, deadlineMs } = call;
    return info.isResource
      ? await resources.route({ request, info, user, warnings, annotations, audit, deadlineMs })
      : await nonResources.route(request, info, user);
  };
}
