import {
  groupOf,
  ignoreNotFound,
  V1Status,
  type ApiResponse,
  type V1DeleteOptions as DeleteOptions,
} from "@dingi/apimachinery";
import { readyIn } from "../cacher/ready.ts";
import type { Selection } from "../cacher/selection.ts";
import { encodeList, listMeta } from "../negotiation/encode-list.ts";
import { commonHeaders, negotiateRequest, respondObject, respondStored } from "../negotiation/respond.ts";
import { CallContext } from "./call-context.ts";
import { checkDeleteOptions, readDeleteOptions } from "./delete-options.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";
import { parseListOptions } from "./list-options.ts";
import { listPage } from "./list.ts";

/** Upstream: apiserver/pkg/endpoints/handlers/delete.go#DeleteResource */
export async function deleteResource(call: ResourceCall, services: EndpointServices): Promise<ApiResponse> {
  const { request, info, kind } = call;
  const { context, options } = await openDelete(call, services);
  const key = { namespace: info.namespace, name: info.name };
  const result = await services.resourceStore(kind).delete({ key, options }, context);
  const accepted = !result.removed && options.orphanDependents === false;
  const status = accepted ? 202 : 200;
  const answer = {
    stored: result.stored,
    apiVersion: info.apiVersion,
    status,
    warnings: call.warnings,
    nowMs: services.clock.now(),
  };
  if (!result.removed || kind.returnsDeletedObject) return await respondStored(request, answer);
  const { name, uid } = result.stored.object.metadata;
  const group = groupOf(info.apiVersion);
  const details = { name, ...(group === "" ? {} : { group }), kind: kind.plural, uid };
  const object = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" as const, details };
  call.audit?.succeeded(object);
  return respondObject(request, { object, schema: V1Status, status, warnings: call.warnings });
}

/** Deletes what a selector matches; answers with what was deleted. */
export async function deleteCollection(call: ResourceCall, services: EndpointServices): Promise<ApiResponse> {
  const { request, info, kind } = call;
  const { context, options } = await openDelete(call, services);
  const listOptions = parseListOptions(call, false);
  const selection: Selection = { namespace: info.namespace, labels: listOptions.labels, fields: listOptions.fields };
  const store = services.resourceStore(kind);
  const page = await listPage(services, store.cache, selection, listOptions, request);
  await readyIn(kind, info.apiVersion, () => page.items);
  for (const stored of page.items) {
    const key = { namespace: stored.object.metadata.namespace ?? "", name: stored.object.metadata.name ?? "" };
    await store.delete({ key, options }, context).catch(ignoreNotFound);
  }
  if (request.wantsObjects)
    return {
      status: 200,
      headers: {},
      object: { metadata: listMeta(page), items: page.items.map((stored) => stored.inVersion(info.apiVersion)) },
    };
  const negotiated = negotiateRequest(request);
  const table = {
    viewVersion: "v1",
    includeObject: "Metadata" as const,
    nowMs: services.clock.now(),
    apiVersion: info.apiVersion,
  };
  const body = encodeList(page, { apiVersion: info.apiVersion, negotiated, table, chunks: services.listChunks });
  return { status: 200, headers: commonHeaders(negotiated.mediaType, call.warnings), body };
}

/** The options alone say whether it is a trial: beside a body the query counts for nothing. */
async function openDelete(
  call: ResourceCall,
  services: EndpointServices,
): Promise<{ context: CallContext; options: DeleteOptions }> {
  const options = await readDeleteOptions(call.request);
  checkDeleteOptions(options);
  const dryRun = (options.dryRun?.length ?? 0) > 0;
  const context = new CallContext(call, services, { dryRun });
  for (const warning of call.kind.strategy.warningsOnDelete?.(options) ?? []) context.warn(warning);
  return { context, options };
}
