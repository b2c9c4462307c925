import {
  FIELD_IMMUTABLE,
  invalid,
  isDns1123Subdomain,
  isPathSegmentName,
  path,
  required,
  semanticEqual,
  validateIp,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1IPAddress, V1ParentReference } from "./ipaddress.gen.ts";

const NAME = path("metadata", "name");
const PARENT = path("spec", "parentRef");

/** The name is the address, in its one canonical text. Upstream: …#ValidateIPAddressName */
export const isIPAddressName = (name: string): string[] => validateIp(name, NAME).map(({ detail }) => detail);

/** Upstream: pkg/apis/networking/validation/validation.go#ValidateIPAddress */
export function validateIPAddress({ spec }: V1IPAddress): FieldError[] {
  return spec.parentRef ? parentErrors(spec.parentRef, PARENT) : [required(PARENT)];
}

/** The core group is the empty one, so a group is not required. Upstream: …#validateIPAddressParentReference */
function parentErrors({ group, resource, namespace, name }: V1ParentReference, field: FieldPath): FieldError[] {
  const groupProblems = group ? isDns1123Subdomain(group) : [];
  return [
    ...groupProblems.map((text) => invalid(field.child("group"), group, text)),
    ...(resource ? segmentErrors(resource, field.child("resource")) : [required(field.child("resource"))]),
    ...(name ? segmentErrors(name, field.child("name")) : [required(field.child("name"))]),
    ...(namespace ? segmentErrors(namespace, field.child("namespace")) : []),
  ];
}

const segmentErrors = (value: string, field: FieldPath): FieldError[] =>
  isPathSegmentName(value).map((text) => invalid(field, value, text));

/** Upstream: …#ValidateIPAddressUpdate */
export function validateIPAddressUpdate(address: V1IPAddress, old: V1IPAddress): FieldError[] {
  const isSame = semanticEqual(address.spec.parentRef, old.spec.parentRef);
  return [
    // An update names its object as its path does; what was no address then is none now.
    ...isIPAddressName(address.metadata.name ?? "").map((text) => invalid(NAME, address.metadata.name, text)),
    ...validateIPAddress(address),
    // The declared rule answers, which shows no value.
    ...(isSame ? [] : [invalid(PARENT, null, FIELD_IMMUTABLE)]),
  ];
}
