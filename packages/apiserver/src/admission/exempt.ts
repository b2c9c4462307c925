import type { AdmissionAttributes } from "./attributes.ts";

/** Whoever is asked who somebody is or what he may do asks nobody else. Upstream: pkg/kubeapiserver/admission/exclusion/resources.go */
const VIRTUAL: ReadonlySet<string> = new Set([
  "authentication.k8s.io/selfsubjectreviews",
  "authentication.k8s.io/tokenreviews",
  "authorization.k8s.io/localsubjectaccessreviews",
  "authorization.k8s.io/selfsubjectaccessreviews",
  "authorization.k8s.io/selfsubjectrulesreviews",
  "authorization.k8s.io/subjectaccessreviews",
]);

const POLICIES: ReadonlySet<string> = new Set([
  "mutatingadmissionpolicies",
  "mutatingadmissionpolicybindings",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
]);

const CONFIGURATIONS: ReadonlySet<string> = new Set([
  "mutatingwebhookconfigurations",
  "validatingwebhookconfigurations",
]);

const GROUP = "admissionregistration.k8s.io";

type Addressed = Pick<AdmissionAttributes, "kind">;

const isVirtual = ({ kind }: Addressed): boolean => VIRTUAL.has(`${kind.group}/${kind.plural}`);

/** Who has locked himself out must be able to take back what did it. Upstream: …/predicates/rules/rules.go#IsExemptAdmissionConfigurationResource */
export function isExemptFromWebhooks(attributes: Addressed): boolean {
  const { group, plural } = attributes.kind;
  return (group === GROUP && (CONFIGURATIONS.has(plural) || POLICIES.has(plural))) || isVirtual(attributes);
}

/** Webhooks' configurations are for policies to judge; policies are not. Upstream: apiserver/pkg/admission/plugin/policy/generic/plugin.go#admissionResources */
export function isExemptFromPolicies(attributes: Addressed): boolean {
  const { group, plural } = attributes.kind;
  return (group === GROUP && POLICIES.has(plural)) || isVirtual(attributes);
}
