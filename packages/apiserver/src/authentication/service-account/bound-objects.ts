import type { V1Secret } from "@dingi/api";
import type { V1ObjectMeta } from "@dingi/apimachinery";

/** Reads the metadata of what a token is bound to, as of now. */
export interface BoundObjects {
  serviceAccount(namespace: string, name: string): V1ObjectMeta | undefined;
  pod(namespace: string, name: string): V1ObjectMeta | undefined;
  secret(namespace: string, name: string): V1Secret | undefined;
  node(name: string): V1ObjectMeta | undefined;
}
