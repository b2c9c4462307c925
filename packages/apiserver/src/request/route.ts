import type { ResourceRouter } from "../endpoints/resource-router.ts";
import type { NonResourceRouter } from "../routing/non-resource-router.ts";
import type { Next } from "./filter.ts";

/** To the endpoint, behind the last filter. */
export function route(resources: ResourceRouter, nonResources: NonResourceRouter): Next {
  return async ({ request, info, user, warnings, annotations, deadlineMs }) =>
    info.isResource
      ? await resources.route({ request, info, user, warnings, annotations, deadlineMs })
      : await nonResources.route(request, info, user);
}
