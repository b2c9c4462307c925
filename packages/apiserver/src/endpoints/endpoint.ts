import type { AnyKind, ApiRequest, UserInfo } from "@dingi/apimachinery";
import type { Clock, Logger, Random } from "@dingi/base";
import type { Store } from "@dingi/store";
import type { AdmissionChain } from "../admission/chain.ts";
import type { ListChunks } from "../negotiation/list-chunks.ts";
import type { IsRegistered } from "../negotiation/type-meta.ts";
import type { StoreFeed } from "../cacher/store-feed.ts";
import type { ResourceStore } from "../registry/resource-store.ts";
import type { AuditTrail } from "../audit/audit-trail.ts";
import type { AuditAnnotations } from "../request/audit-annotations.ts";
import type { ResourceRequest } from "../routing/request-info.ts";

/** What every endpoint works with. */
export interface EndpointServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly store: Store;
  readonly feed: StoreFeed;
  readonly listChunks: ListChunks;
  readonly admission: AdmissionChain;
  resourceStore(kind: AnyKind): ResourceStore;
  readonly isRegistered: IsRegistered;
}

/** One authenticated and authorized request for a resource that is served. */
export interface ResourceCall {
  readonly request: ApiRequest;
  readonly info: ResourceRequest;
  readonly user: UserInfo;
  readonly kind: AnyKind;
  readonly warnings: string[];
  readonly annotations: AuditAnnotations;
  readonly audit: AuditTrail | undefined;
  /** By the monotonic clock; undefined for what lasts as long as its client wants. */
  readonly deadlineMs: number | undefined;
}
