import { type ApiResponse, type Draft, type KubeObject } from "@dingi/apimachinery";
import { decodeBody } from "../negotiation/decode.ts";
import { checkName, ensureNamespace, fillSystemFields } from "../registry/metadata.ts";
import { namesNoRevision } from "../registry/revision.ts";
import { copyWritten } from "./door.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";
import { recordOwnership } from "./field-ownership.ts";
import { openObjectWrite, respondWritten, storeUpdate, type StoreUpdate, type ObjectWrite } from "./write-call.ts";

/** PUT of an object or of an update subresource. Upstream: apiserver/pkg/endpoints/handlers/update.go */
export async function updateResource(call: ResourceCall, services: EndpointServices): Promise<ApiResponse> {
  const { write, update } = await prepareUpdate(call, services);
  return await respondWritten(call, await storeUpdate(write, services, update), services);
}

export interface PreparedUpdate {
  readonly write: ObjectWrite;
  readonly update: StoreUpdate;
}

export async function prepareUpdate(call: ResourceCall, services: EndpointServices): Promise<PreparedUpdate> {
  const { request, info, kind } = call;
  const write = openObjectWrite(call, services, "UpdateOptions");
  const { door } = write;
  const wanted = await decodeBody(request, door.expected, write.decode);
  await services.clock.yieldIfDue();
  door.fillDefaults(wanted);
  await services.clock.yieldIfDue();
  ensureNamespace(kind, wanted, info.namespace);
  ensureName(wanted, write);
  const update = {
    createAllowed: info.subresource === "" && kind.strategy.allowCreateOnUpdate === true,
    retry: namesNoRevision(wanted),
    uid: wanted.metadata.uid,
    transform: async (current: KubeObject | undefined) => {
      const object = copyWritten(door, wanted);
      await services.clock.yieldIfDue();
      await recordOwnership(write, object, current && (await door.view(current)));
      if (!current) fillSystemFields(object.metadata, services.clock, services.random);
      return await door.store(object, current, write.context.admission);
    },
  };
  return { write, update };
}

/** What goes through a subresource's door need not say its name. */
function ensureName(object: Draft<KubeObject>, { call, door }: ObjectWrite): void {
  if (!door.namesItself) object.metadata.name ||= call.info.name;
  checkName(object, call.info.name);
}
