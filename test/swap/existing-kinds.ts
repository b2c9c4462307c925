import { builtinKinds } from "@dingi/api";

/** What dingi serves; it grows with each kind that is added. */
export const SERVED_KINDS: ReadonlySet<string> = new Set(builtinKinds.map(({ kind }) => kind));

/** Of these, what has no controller or admission yet that would do what it says. */
const UNATTENDED: ReadonlySet<string> = new Set([
  "APIService",
  "CronJob",
  "CustomResourceDefinition",
  "DaemonSet",
  "HorizontalPodAutoscaler",
  "Job",
  "LimitRange",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionPolicyBinding",
  "MutatingWebhookConfiguration",
  "PodDisruptionBudget",
  "ReplicationController",
  "ResourceQuota",
  "ResourceClaim",
  "StatefulSet",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
]);

/** What dingi serves and has controllers for. */
export const EXISTING_KINDS: ReadonlySet<string> = SERVED_KINDS.difference(UNATTENDED);
