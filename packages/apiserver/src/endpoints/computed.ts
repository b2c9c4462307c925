import {
  newMethodNotSupported,
  type AnyKind,
  type ApiResponse,
  type KubeObject,
  type ObjectKey,
} from "@dingi/apimachinery";
import { selects, type Selection } from "../cacher/selection.ts";
import { encodeBody, Stored } from "../cacher/stored.ts";
import { respondStored } from "../negotiation/respond.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";
import { parseListOptions } from "./list-options.ts";
import { Page } from "./list.ts";
import { negotiatePage, respondPage } from "./read.ts";

/** Objects of a kind that is never stored: worked out when they are asked for. */
export interface ComputedObjects {
  /** @param namespace Of all namespaces when empty. */
  list(namespace: string): Promise<readonly KubeObject[]>;
  /** Throws StatusError 404. */
  get(key: ObjectKey): Promise<KubeObject>;
}

/** A read of such a kind; what was not stored has no revision. */
export async function readComputed(
  call: ResourceCall,
  objects: ComputedObjects,
  services: EndpointServices,
): Promise<ApiResponse> {
  const { request, info, kind, warnings } = call;
  const isCollection = info.verb === "list" || info.verb === "watch";
  if (!isCollection) {
    const stored = unstored(kind, await objects.get(info));
    return await respondStored(request, {
      stored,
      apiVersion: info.apiVersion,
      status: 200,
      warnings,
      nowMs: services.clock.now(),
    });
  }
  if (info.verb === "watch") throw newMethodNotSupported({ group: kind.group, resource: kind.plural }, "watch");
  const { labels, fields } = parseListOptions(call, false);
  const selection: Selection = { namespace: info.namespace, labels, fields };
  const found = (await objects.list(info.namespace)).filter((object) => selects(kind, selection, object));
  const values = found.map((object) => unstored(kind, object));
  const page = new Page({ kind, revision: 0, runs: [{ values, shared: false }] });
  return respondPage(call, { page, negotiated: negotiatePage(call) }, services);
}

function unstored(kind: AnyKind, object: KubeObject): Stored {
  const body = Buffer.from(encodeBody(object));
  return new Stored(kind, object.metadata.name ?? "", { object, revision: 0, body });
}
