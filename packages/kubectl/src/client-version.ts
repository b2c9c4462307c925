/** Kubernetes' release whose kubectl this one speaks like, and our own. */
export const CLIENT_VERSION = "v1.37.1+dingi0.1.0";
