import type { V1ScopedResourceSelectorRequirement } from "@dingi/api";

/** What may be used only where a quota covers it. Upstream: apiserver/pkg/admission/plugin/resourcequota/apis/resourcequota/v1/types.go#LimitedResource */
export interface LimitedResource {
  readonly apiGroup?: string;
  readonly resource: string;
  /** Of names of quotas, such as "cpu" or ".storageclass.storage.k8s.io/". */
  readonly matchContains?: readonly string[];
  readonly matchScopes?: readonly V1ScopedResourceSelectorRequirement[];
}
