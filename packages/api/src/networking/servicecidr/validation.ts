import {
  FIELD_IMMUTABLE,
  invalid,
  parseCidr,
  path,
  required,
  validateCidr,
  type FieldError,
} from "@dingi/apimachinery";
import type { V1ServiceCIDR } from "./servicecidr.gen.ts";

const CIDRS = path("spec", "cidrs");
const ONE_OF_EACH = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";

/** Upstream: pkg/apis/networking/validation/validation.go#ValidateServiceCIDR */
export function validateServiceCIDR({ spec }: V1ServiceCIDR): FieldError[] {
  const { cidrs = [] } = spec;
  if (cidrs.length === 0) return [required(CIDRS, "at least one CIDR required")];
  if (cidrs.length > 2) return [invalid(CIDRS, { CIDRs: cidrs }, "may only hold up to 2 values")];
  const errors = cidrs.flatMap((cidr, i) => validateCidr(cidr, CIDRS.index(i)));
  const [one, other] = cidrs.map((cidr) => parseCidr(cidr)?.address.family);
  const isOneFamily = cidrs.length === 2 && one !== undefined && one === other;
  return isOneFamily ? [...errors, invalid(CIDRS, cidrs, ONE_OF_EACH)] : errors;
}

/** A range stays for ever; one of the other family may come second. Upstream: …#ValidateServiceCIDRUpdate */
export function validateServiceCIDRUpdate(cidr: V1ServiceCIDR, old: V1ServiceCIDR): FieldError[] {
  const { cidrs = [] } = cidr.spec;
  const { cidrs: before = [] } = old.spec;
  const isGrown = before.length === 1 && cidrs.length === 2;
  if (!isGrown && cidrs.length !== before.length) return [invalid(CIDRS, cidrs, FIELD_IMMUTABLE)];
  const changed = before.flatMap((range, i) =>
    range === cidrs[i] ? [] : [invalid(CIDRS.index(i), cidrs[i], FIELD_IMMUTABLE)],
  );
  return isGrown ? [...changed, ...validateServiceCIDR(cidr)] : changed;
}
