import type { V1SubjectAccessReviewSpec } from "@dingi/api";
import type { AuthorizationAttributes } from "../authorizer.ts";
import { selectedFields, selectedLabels, shownField, shownLabel } from "../selectors.ts";

/** What is asked about a request, as reviews ask it. Upstream: apiserver/plugin/pkg/authorizer/webhook/webhook.go#Authorize */
export function accessSpec(attributes: AuthorizationAttributes): V1SubjectAccessReviewSpec {
  const { user, verb, path, isResource } = attributes;
  const what = isResource
    ? { resourceAttributes: resourceAttributes(attributes) }
    : { nonResourceAttributes: { ...filled({ path, verb }) } };
  return {
    ...what,
    ...filled({ user: user.name }),
    ...(user.groups.length > 0 ? { groups: user.groups } : {}),
    ...(user.extra ? { extra: user.extra } : {}),
    ...filled({ uid: user.uid ?? "" }),
  };
}

function resourceAttributes(
  attributes: AuthorizationAttributes,
): NonNullable<V1SubjectAccessReviewSpec["resourceAttributes"]> {
  const { namespace, verb, group, version, resource, subresource, name } = attributes;
  const fields = selectedFields(attributes).requirements.map(shownField);
  const labels = selectedLabels(attributes).requirements.flatMap(shownLabel);
  return {
    ...filled({ namespace, verb, group, version, resource, subresource, name }),
    ...(fields.length > 0 ? { fieldSelector: { requirements: fields } } : {}),
    ...(labels.length > 0 ? { labelSelector: { requirements: labels as never } } : {}),
  };
}

/** Without what is empty, as Go writes it. */
function filled<T extends Readonly<Record<string, string>>>(texts: T): Partial<T> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== "")) as Partial<T>;
}

/** One field of the older version has another name. */
export function inVersion(spec: V1SubjectAccessReviewSpec, version: "v1" | "v1beta1"): object {
  if (version === "v1") return spec;
  const { groups, ...rest } = spec;
  return { ...rest, ...(groups ? { group: groups } : {}) };
}
