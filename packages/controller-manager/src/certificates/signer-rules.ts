import type { CertificateRequest } from "@dingi/component-base";

export const KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";
export const KUBELET_SERVING = "kubernetes.io/kubelet-serving";
export const API_CLIENT = "kubernetes.io/kube-apiserver-client";

type Asked = Pick<CertificateRequest, "subject" | "names">;
type Rule = (request: Asked, usages: readonly string[]) => string | undefined;

/** What each of the cluster's own signers does not sign. Upstream: pkg/controller/certificates/signer/signer.go#getCSRVerificationFuncForSignerName */
const RULES: Readonly<Record<string, Rule>> = {
  [KUBELET_CLIENT]: kubeletClientProblem,
  [KUBELET_SERVING]: kubeletServingProblem,
  [API_CLIENT]: (_, usages) => apiClientProblem(usages),
};

export function isOwnSigner(signerName: string): boolean {
  return Object.hasOwn(RULES, signerName);
}

/** Why a request is not one that the signer may sign; undefined when it is. */
export function signingProblem(signerName: string, request: Asked, usages: readonly string[]): string | undefined {
  return RULES[signerName]!(request, usages);
}

/** Upstream: pkg/apis/certificates/helpers.go#ValidateKubeletClientCSR */
function kubeletClientProblem({ subject, names }: Asked, usages: readonly string[]): string | undefined {
  return (
    organizationProblem(subject.organizations) ??
    notAllowed("DNS", names.dnsNames) ??
    notAllowed("Email", names.emailAddresses) ??
    notAllowed("IP", names.ipAddresses) ??
    notAllowed("URI", names.uris) ??
    commonNameProblem(subject.commonName) ??
    usagesProblem("client auth", usages)
  );
}

/** Upstream: pkg/apis/certificates/helpers.go#ValidateKubeletServingCSR */
function kubeletServingProblem({ subject, names }: Asked, usages: readonly string[]): string | undefined {
  const hasName = names.dnsNames.length > 0 || names.ipAddresses.length > 0;
  return (
    organizationProblem(subject.organizations) ??
    (hasName ? undefined : "DNS or IP subjectAltName is required") ??
    notAllowed("Email", names.emailAddresses) ??
    notAllowed("URI", names.uris) ??
    usagesProblem("server auth", usages) ??
    commonNameProblem(subject.commonName)
  );
}

/** Upstream: pkg/controller/certificates/signer/signer.go#validAPIServerClientUsages */
function apiClientProblem(usages: readonly string[]): string | undefined {
  const wrong = usages.find((usage) => !["digital signature", "key encipherment", "client auth"].includes(usage));
  if (wrong !== undefined) return `invalid usage for client certificate: ${wrong}`;
  return usages.includes("client auth") ? undefined : "missing required usage for client certificate: client auth";
}

function organizationProblem(organizations: readonly string[]): string | undefined {
  const isNodes = organizations.length === 1 && organizations[0] === "system:nodes";
  return isNodes ? undefined : "subject organization is not system:nodes";
}

function commonNameProblem(name: string): string | undefined {
  return name.startsWith("system:node:") ? undefined : "subject common name does not begin with system:node:";
}

function notAllowed(what: string, names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : `${what} subjectAltNames are not allowed`;
}

/** Just these; keys other than RSA do without "key encipherment". */
function usagesProblem(purpose: "client auth" | "server auth", usages: readonly string[]): string | undefined {
  const asked = new Set(usages);
  const required = new Set([purpose, "digital signature"]);
  const optional = new Set([...required, "key encipherment"]);
  const fits = required.isSubsetOf(asked) && asked.isSubsetOf(optional);
  return fits ? undefined : `usages did not match [${[...optional].sort().join(" ")}]`;
}
