import type { AnyKind, ApiResponse } from "@dingi/apimachinery";
import { readyIn } from "../cacher/ready.ts";
import type { Selection } from "../cacher/selection.ts";
import { goTypeOf } from "../negotiation/go-type.ts";
import { encodeList, listMeta } from "../negotiation/encode-list.ts";
import { commonHeaders, includeObjectOf, negotiateRequest, respondStored } from "../negotiation/respond.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";
import { parseListOptions, parseResourceVersion } from "./list-options.ts";
import { listPage } from "./list.ts";

export async function getResource(call: ResourceCall, services: EndpointServices): Promise<ApiResponse> {
  const { request, info, kind } = call;
  const store = services.resourceStore(kind);
  const revision = parseResourceVersion(request.query.get("resourceVersion"));
  if (revision === undefined) await services.feed.waitUntilFresh(request);
  else await services.feed.waitFor(revision, request);
  const stored = store.get({ namespace: info.namespace, name: info.name }, info);
  return await respondStored(request, {
    stored,
    apiVersion: info.apiVersion,
    status: 200,
    warnings: call.warnings,
    nowMs: services.clock.now(),
  });
}

export async function listResource(call: ResourceCall, services: EndpointServices): Promise<ApiResponse> {
  const { request, info, kind } = call;
  const negotiated = request.wantsObjects
    ? undefined
    : negotiateRequest(request, { views: ["Table", "PartialObjectMetadataList"], misfit: isList(kind) });
  const options = parseListOptions(kind, request.query, false);
  const selection: Selection = { namespace: info.namespace, labels: options.labels, fields: options.fields };
  const page = await listPage(services, services.resourceStore(kind).cache, selection, options, request);
  await readyIn(kind, info.apiVersion, () => page.items);
  if (!negotiated) {
    return {
      status: 200,
      headers: {},
      object: { metadata: listMeta(page), items: page.items.map((stored) => stored.inVersion(info.apiVersion)) },
    };
  }
  const nowMs = services.clock.now();
  const table = {
    viewVersion: negotiated.viewVersion,
    includeObject: includeObjectOf(request),
    nowMs,
    apiVersion: info.apiVersion,
  };
  const body = encodeList(page, { apiVersion: info.apiVersion, negotiated, table, chunks: services.listChunks });
  return { status: 200, headers: commonHeaders(negotiated.mediaType, call.warnings), body };
}

const isList = (kind: AnyKind) => ({
  view: "PartialObjectMetadata" as const,
  why: `you requested PartialObjectMetadata, but the requested object is a list (*${goTypeOf(kind)}List)`,
});
