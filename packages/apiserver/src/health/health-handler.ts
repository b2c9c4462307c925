import type { HealthChecks, HealthEndpoint } from "@dingi/component-base";
import type { ApiRequest, ApiResponse } from "@dingi/apimachinery";
import type { NonResourceRouter } from "../routing/non-resource-router.ts";

const ENDPOINTS: readonly HealthEndpoint[] = ["livez", "readyz", "healthz"];

/** `/livez`, `/readyz`, `/healthz`, and each check below them. */
export function mountHealth(router: NonResourceRouter, health: HealthChecks): void {
  for (const endpoint of ENDPOINTS) {
    router.add(`/${endpoint}`, { handle: ({ request }) => respond(health, endpoint, request) });
    router.addPrefix(`/${endpoint}/`, {
      handle: ({ request, info }) => respondOne(health, endpoint, info.path.slice(endpoint.length + 2), request),
    });
  }
}

async function respond(health: HealthChecks, endpoint: HealthEndpoint, request: ApiRequest): Promise<ApiResponse> {
  const query = { verbose: request.query.has("verbose"), exclude: request.query.getAll("exclude") };
  const { status, headers, body } = await health.respond(endpoint, query);
  return { status, headers, body: Buffer.from(body) };
}

/** One check is all the others left out. */
async function respondOne(
  health: HealthChecks,
  endpoint: HealthEndpoint,
  name: string,
  request: ApiRequest,
): Promise<ApiResponse> {
  const names = health.names(endpoint);
  if (!names.includes(name))
    return {
      status: 404,
      headers: { "content-type": "text/plain; charset=utf-8" },
      body: Buffer.from("404 page not found\n"),
    };
  const { status, headers, body } = await health.respond(endpoint, {
    verbose: request.query.has("verbose"),
    exclude: names.filter((other) => other !== name),
  });
  return { status, headers, body: Buffer.from(body) };
}
