/** What tells an address that the API server gave to a Service. Upstream: api/networking/v1/well_known_labels.go */
export const IP_FAMILY_LABEL = "ipaddress.kubernetes.io/ip-family";
export const IP_MANAGED_BY_LABEL = "ipaddress.kubernetes.io/managed-by";
/** Upstream: pkg/registry/core/service/ipallocator/cidrallocator.go#ControllerName */
export const IP_ALLOCATOR = "ipallocator.k8s.io";
