import { isDns1123Label, isDns1123Subdomain } from "@dingi/apimachinery";

const NODE = "system:node:";
const SERVICE_ACCOUNT = "system:serviceaccount:";

export function nodeOfUsername(username: string): string | undefined {
  if (!username.startsWith(NODE)) return undefined;
  const name = username.slice(NODE.length);
  return isDns1123Subdomain(name).length === 0 ? name : undefined;
}

/** Upstream: apiserver/pkg/authentication/serviceaccount/util.go#SplitUsername */
export function serviceAccountOfUsername(username: string): { namespace: string; name: string } | undefined {
  if (!username.startsWith(SERVICE_ACCOUNT)) return undefined;
  const [namespace = "", name = "", ...rest] = username.slice(SERVICE_ACCOUNT.length).split(":");
  const valid = rest.length === 0 && isDns1123Label(namespace).length === 0 && isDns1123Subdomain(name).length === 0;
  return valid ? { namespace, name } : undefined;
}
