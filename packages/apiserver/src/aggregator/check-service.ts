import type { V1APIServiceCondition, V1EndpointSlice, V1Service } from "@dingi/api";
import type { RemoteApi } from "./remote-apis.ts";

/** Whether an API can be reached, and why not. */
export type Availability = Pick<V1APIServiceCondition, "status" | "reason" | "message">;

const no = (reason: string, message: string): Availability => ({ status: "False", reason, message });

export const PASSED: Availability = { status: "True", reason: "Passed", message: "all checks passed" };
export const LOCAL: Availability = {
  status: "True",
  reason: "Local",
  message: "Local APIServices are always available",
};

export const failedDiscovery = (message: string): Availability => no("FailedDiscoveryCheck", message);

/** What can be told without asking anybody; undefined when the server has to be asked. Pure. Upstream: kube-aggregator/pkg/controllers/status/remote/remote_available_controller.go#sync */
export function checkService(
  { service: { namespace, name, port } }: Pick<RemoteApi, "service">,
  service: V1Service | undefined,
  slices: readonly V1EndpointSlice[],
): Availability | undefined {
  const shown = `service/${name} in ${JSON.stringify(namespace)}`;
  if (!service) return no("ServiceNotFound", `${shown} is not present`);
  // Of others it is not known which ports they have.
  if (service.spec.type !== "ClusterIP") return undefined;
  const found = service.spec.ports?.find((candidate) => candidate.port === port);
  if (!found) return no("ServicePortError", `${shown} is not listening on port ${port}`);
  if (slices.length === 0) return no("EndpointsNotFound", `cannot find endpointslices for ${shown}`);
  const portName = found.name ?? "";
  if (slices.some((slice) => hasReady(slice, portName))) return undefined;
  const wanted = JSON.stringify(portName);
  return no("MissingEndpoints", `endpointslices for ${shown} have no addresses with port name ${wanted}`);
}

function hasReady({ endpoints, ports }: V1EndpointSlice, portName: string): boolean {
  const isReady = (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false);
  return isReady && (ports ?? []).some(({ name, port }) => (name ?? "") === portName && port !== undefined);
}
