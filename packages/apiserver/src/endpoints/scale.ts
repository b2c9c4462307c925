import { type ApiResponse, type KubeObject, type ScaleSubresource } from "@dingi/apimachinery";
import { readyIn } from "../cacher/ready.ts";
import { respondObject } from "../negotiation/respond.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";
import { preparePatch } from "./patch.ts";
import { SCALE, scaleOf, versionOfScale } from "./scale-door.ts";
import { prepareUpdate } from "./update.ts";
import { storeUpdate } from "./write-call.ts";

/** GET, PUT and PATCH of /scale: a write like any other, of what its door shows. */
export async function scaleResource(
  call: ResourceCall,
  subresource: ScaleSubresource<KubeObject>,
  services: EndpointServices,
): Promise<ApiResponse> {
  const object = scaleOf(await readOrWrite(call, subresource, services), subresource);
  return respondObject(call.request, { object, schema: SCALE.schema, status: 200, warnings: call.warnings });
}

async function readOrWrite(
  call: ResourceCall,
  subresource: ScaleSubresource<KubeObject>,
  services: EndpointServices,
): Promise<KubeObject> {
  const { info, kind } = call;
  const version = versionOfScale(kind, info.apiVersion);
  if (info.verb === "get") {
    await services.feed.waitUntilFresh(call.request);
    const stored = services.resourceStore(kind).get({ namespace: info.namespace, name: info.name });
    await readyIn(kind, version, () => [stored]);
    const object = stored.inVersion(version);
    subresource.checkRead?.(object);
    return object;
  }
  const { write, update } = await (info.verb === "patch" ? preparePatch : prepareUpdate)(call, services);
  const { stored } = await storeUpdate(write, services, update);
  await readyIn(kind, version, () => [stored]);
  return stored.inVersion(version);
}
