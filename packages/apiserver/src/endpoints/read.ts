import type { AnyKind, ApiResponse } from "@dingi/apimachinery";
import { readyIn } from "../cacher/ready.ts";
import type { Selection } from "../cacher/selection.ts";
import type { Negotiated } from "../negotiation/accept.ts";
import { goTypeOf } from "../negotiation/go-type.ts";
import { encodeList, listMeta } from "../negotiation/encode-list.ts";
import { commonHeaders, includeObjectOf, negotiateRequest, respondStored } from "../negotiation/respond.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";
import { parseListOptions, parseResourceVersion } from "./list-options.ts";
import { listPage, type Page } from "./list.ts";

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
  const negotiated = negotiatePage(call);
  const options = parseListOptions(call, false);
  const selection: Selection = { namespace: info.namespace, labels: options.labels, fields: options.fields };
  const page = await listPage(services, services.resourceStore(kind).cache, selection, options, request);
  await readyIn(kind, info.apiVersion, () => page.items);
  return respondPage(call, { page, negotiated }, services);
}

/** In which form the client gets a list; undefined for one in this process, who gets the objects. Throws StatusError 406. */
export function negotiatePage({ request, kind }: ResourceCall): Negotiated | undefined {
  if (request.wantsObjects) return undefined;
  return negotiateRequest(request, {
    views: ["Table", "PartialObjectMetadataList"],
    misfit: isList(kind),
    custom: kind.custom,
  });
}

interface PageAnswer {
  readonly page: Page;
  readonly negotiated: Negotiated | undefined;
}

/** A list in the shape that the client asked for; its items have been made ready. */
export function respondPage(
  call: ResourceCall,
  { page, negotiated }: PageAnswer,
  services: EndpointServices,
): ApiResponse {
  const { request, info } = call;
  if (!negotiated) {
    return {
      status: 200,
      headers: {},
      object: { metadata: listMeta(page), items: page.items.map((stored) => stored.inVersion(info.apiVersion)) },
    };
  }
  const table = {
    viewVersion: negotiated.viewVersion,
    includeObject: includeObjectOf(request),
    nowMs: services.clock.now(),
    apiVersion: info.apiVersion,
  };
  const body = encodeList(page, { apiVersion: info.apiVersion, negotiated, table, chunks: services.listChunks });
  return { status: 200, headers: commonHeaders(negotiated.mediaType, call.warnings), body };
}

const isList = (kind: AnyKind) => ({
  view: "PartialObjectMetadata" as const,
  why: `you requested PartialObjectMetadata, but the requested object is a list (*${goTypeOf(kind)}List)`,
});
