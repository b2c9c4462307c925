import {
  inVersion,
  newNotFound,
  StatusError,
  type AnyKind,
  type ApiRequest,
  type GroupResource,
  type ApiResponse,
  type ServedKinds,
  type Subresource,
  type KubeObject,
  type UserInfo,
  type Verb,
} from "@dingi/apimachinery";
import { own } from "@dingi/base";
import { COLLECTION_MEDIA_TYPES, negotiate, OBJECT_MEDIA_TYPES, type View } from "../negotiation/accept.ts";
import { respondText } from "../negotiation/respond.ts";
import { requireAcceptable, requireConsumable } from "../negotiation/route-media.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import type { AuditAnnotations } from "../request/audit-annotations.ts";
import type { RequestVerb, ResourceRequest } from "../routing/request-info.ts";
import { actionName, type ActionHandler, type ReviewHandler } from "./action.ts";
import { createResource } from "./create.ts";
import { deleteCollection, deleteResource } from "./delete.ts";
import { readComputed, type ComputedObjects } from "./computed.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";
import { patchResource } from "./patch.ts";
import { PATCH_TYPES } from "./patch-body.ts";
import { getResource, listResource } from "./read.ts";
import { scaleResource } from "./scale.ts";
import { updateResource } from "./update.ts";
import { watchResource } from "./watch.ts";

type Endpoint = (call: ResourceCall, services: EndpointServices) => Promise<ApiResponse>;

const ENDPOINTS: Readonly<Record<Exclude<RequestVerb, "proxy">, Endpoint>> = {
  get: getResource,
  list: listResource,
  watch: watchResource,
  create: createResource,
  update: updateResource,
  patch: patchResource,
  delete: deleteResource,
  deletecollection: deleteCollection,
};

interface ResourceRouterOptions {
  readonly kinds: ServedKinds;
  readonly services: EndpointServices;
  /** By actionName: what is done at "pods/exec" and the like. */
  readonly actions: ReadonlyMap<string, ActionHandler>;
  /** Of kinds that are never stored. */
  readonly computed: ReadonlyMap<AnyKind, ComputedObjects>;
  /** By plural and apiVersion: "authorization.k8s.io/v1/subjectaccessreviews". */
  readonly reviews: ReadonlyMap<string, ReviewHandler>;
}

/** One request for a resource, after authentication and authorization. */
interface RoutedRequest {
  readonly request: ApiRequest;
  readonly info: ResourceRequest;
  readonly user: UserInfo;
  readonly warnings: string[];
  readonly annotations: AuditAnnotations;
  readonly audit: AuditTrail | undefined;
  readonly deadlineMs: number | undefined;
}

/** From resource and verb to the endpoint that serves them, by what the kinds declare. */
export class ResourceRouter {
  readonly #options: ResourceRouterOptions;

  constructor(options: ResourceRouterOptions) {
    this.#options = options;
  }

  /** Throws StatusError 404 or 405 for what is not served. */
  async route(routed: RoutedRequest): Promise<ApiResponse> {
    const { kinds, services } = this.#options;
    const { info } = routed;
    const kind = kinds.scheme.byResource(info.apiVersion, info.resource);
    if (!kind) return await this.#review(routed);
    using _inUse = kind.computed ? undefined : services.feed.cache(kind).use();
    if (!fitsScope(kind, info)) return noPageOf(kind);
    // A namespace's own path names it twice: as what is asked for, and as what it lies in.
    const call: ResourceCall = { ...routed, kind, info: kind.scope === "Cluster" ? { ...info, namespace: "" } : info };
    return await (info.subresource !== "" ? this.#subresource(call) : this.#resource(call));
  }

  async #resource(call: ResourceCall): Promise<ApiResponse> {
    const { services } = this.#options;
    const { kind, info, warnings } = call;
    if (kind.computed && info.path.includes(`/${info.version}/watch/`)) throw pageNotFound();
    if (!isServed(kind, info) || !fitsPath(info)) throw methodNotAllowed();
    checkMedia(call, isCollectionRead(info) ? COLLECTION_MEDIA_TYPES : OBJECT_MEDIA_TYPES);
    const versionWarning = kind.versions[info.apiVersion]?.deprecationWarning;
    if (versionWarning) warnings.push(versionWarning);
    const computed = this.#options.computed.get(kind);
    if (computed) return await readComputed(call, computed, services);
    return await ENDPOINTS[info.verb as Exclude<RequestVerb, "proxy">](call, services);
  }

  async #subresource(call: ResourceCall): Promise<ApiResponse> {
    const { kind, info } = call;
    const subresource = own(inVersion(kind, info.apiVersion).subresources, info.subresource);
    if (!subresource) throw kind.custom ? newNotFound(resourceOf(kind), info.name) : pageNotFound();
    if (subresource.type === "action") return await this.#action(call, subresource);
    const verbs = (subresource.type === "update" && subresource.verbs) || ["get", "patch", "update"];
    if (!verbs.includes(info.verb as Verb)) throw methodNotAllowed();
    checkMedia(call, OBJECT_MEDIA_TYPES);
    if (subresource.type === "scale") return await scaleResource(call, subresource, this.#options.services);
    return await ENDPOINTS[info.verb as "get" | "patch" | "update"](call, this.#options.services);
  }

  async #action(
    call: ResourceCall,
    subresource: Extract<Subresource<KubeObject>, { type: "action" }>,
  ): Promise<ApiResponse> {
    const handler = this.#options.actions.get(actionName(call.kind, call.info.subresource));
    if (!handler) throw pageNotFound();
    const isOther = handler.otherMethods?.includes(call.request.method) ?? false;
    if (!isOther && !subresource.verbs.includes(call.info.verb as Verb)) throw methodNotAllowed();
    requireAcceptable(call.request.headers["accept"], handler.produces ?? OBJECT_MEDIA_TYPES);
    return await handler.handle({ ...call, subresource }, this.#options.services);
  }

  async #review(routed: RoutedRequest): Promise<ApiResponse> {
    const { scheme } = this.#options.kinds;
    const { info } = routed;
    const review = scheme.reviewByResource(info.apiVersion, info.resource);
    const handler = review && this.#options.reviews.get(`${review.apiVersion}/${review.plural}`);
    if (!scheme.hasTypedGroup(info.group)) return respondText(404, NO_PAGE);
    if (!review || !handler || info.name !== "") throw pageNotFound();
    if (info.verb !== "create") throw methodNotAllowed();
    checkMedia(routed, OBJECT_MEDIA_TYPES);
    return await handler.handle({ ...routed, review }, this.#options.services);
  }
}

const resourceOf = ({ group, plural }: AnyKind): GroupResource => ({ group, resource: plural });

/** Upstream's router looks at this before the endpoint looks at anything. */
function checkMedia(
  call: Pick<RoutedRequest, "request" | "info"> & { kind?: AnyKind },
  produces: readonly string[],
): void {
  const { request, info, kind } = call;
  if (request.wantsObjects) return;
  const stream = info.verb === "watch";
  if (kind?.custom) return void negotiate(request.headers["accept"], { views: VIEWS, stream, custom: true });
  if (info.verb === "patch") requireConsumable(request.headers["content-type"], PATCH_TYPES);
  requireAcceptable(request.headers["accept"], produces);
  negotiate(request.headers["accept"], { views: VIEWS, stream });
}

/** What is asked for in one of these is looked at where the answer is made. */
const VIEWS: readonly View[] = ["Table", "PartialObjectMetadata", "PartialObjectMetadataList"];

const isCollectionRead = ({ verb, name }: ResourceRequest): boolean =>
  verb === "list" || (verb === "watch" && name === "");

/** Of a group that nobody serves: no API's router has seen the request. */
const NO_PAGE = "404 page not found\n";

/** Throws StatusError 404, but where no API's router answers. */
function noPageOf({ custom }: AnyKind): ApiResponse {
  if (custom) return respondText(404, NO_PAGE);
  throw pageNotFound();
}

function fitsScope(kind: AnyKind, info: ResourceRequest): boolean {
  if (kind.scope === "Cluster") return info.namespace === "" || kind.plural === "namespaces";
  return info.namespace !== "" || ["list", "watch", "deletecollection"].includes(info.verb);
}

/** A watch of what can only be listed is refused where the list is made, and a read of one object is never a watch. */
function isServed({ verbs, computed }: AnyKind, { verb }: ResourceRequest): boolean {
  return verbs.includes(verb as Verb) || (computed === true && verb === "watch");
}

/** Collections are created in; what has a name is replaced and patched. */
function fitsPath({ verb, name }: ResourceRequest): boolean {
  if (verb === "create") return name === "";
  return name !== "" || (verb !== "update" && verb !== "patch");
}

/** Upstream routes only what is served; what falls through is answered without a look at the resource. */
function methodNotAllowed(): StatusError {
  return StatusError.make(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}

/** Upstream: apiserver/pkg/endpoints/handlers/responsewriters/errors.go */
export function pageNotFound(): StatusError {
  return StatusError.make(404, "NotFound", "the server could not find the requested resource", {});
}
