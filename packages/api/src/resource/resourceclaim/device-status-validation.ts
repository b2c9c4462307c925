import {
  formatIp,
  invalid,
  parseCidr,
  tooMany,
  validateConditions,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateCsiDriverName } from "../../core/pod/validation/remote-volumes.ts";
import { rawErrors } from "../device/configuration.ts";
import { withinLimit } from "../device/lists.ts";
import { deviceNameErrors, poolNameErrors } from "../device/names.ts";
import { deviceKey } from "./allocated-devices.ts";
import type { V1AllocatedDeviceStatus, V1NetworkDeviceData } from "./resourceclaim.gen.ts";

const MAX_CONDITIONS = 8;
const MAX_DATA = 10 * 1024;
const MAX_IPS = 16;

/** Upstream: pkg/apis/resource/validation/validation.go#validateDeviceStatus */
export function deviceStatusErrors(
  status: V1AllocatedDeviceStatus,
  allocated: ReadonlySet<string>,
  field: FieldPath,
): FieldError[] {
  const { driver, pool, device, data, networkData } = status;
  const conditions = status.conditions ?? [];
  const at = field.child("conditions");
  const identity = { Driver: driver, Pool: pool, Device: device, ShareID: status.shareID ?? "" };
  return [
    ...identityErrors(status, field),
    ...(allocated.has(deviceKey(status)) ? [] : [invalid(field, identity, "must be an allocated device in the claim")]),
    ...(conditions.length > MAX_CONDITIONS ? [tooMany(at, conditions.length, MAX_CONDITIONS)] : []),
    ...validateConditions(conditions, at),
    ...(data === undefined || data === null ? [] : rawErrors(data, MAX_DATA, field.child("data"))),
    ...ipErrors(networkData ?? {}, field.child("networkData", "ips")),
  ];
}

function identityErrors(
  { driver = "", pool = "", device = "" }: Partial<V1AllocatedDeviceStatus>,
  field: FieldPath,
): FieldError[] {
  return [
    ...validateCsiDriverName(driver, field.child("driver")),
    ...poolNameErrors(pool, field.child("pool")),
    ...deviceNameErrors(device, field.child("device")),
  ];
}

function ipErrors({ ips }: V1NetworkDeviceData, field: FieldPath): FieldError[] {
  return withinLimit(ips, MAX_IPS).flatMap((text, i) => addressErrors(text, field.index(i)));
}

/** Upstream: apimachinery/pkg/util/validation/ip.go#IsValidInterfaceAddress */
function addressErrors(text: string, field: FieldPath): FieldError[] {
  const cidr = parseCidr(text);
  if (!cidr)
    return [invalid(field, text, "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)")];
  const canonical = `${formatIp(cidr.address)}/${cidr.prefixLength}`;
  return canonical === text ? [] : [invalid(field, text, `must be in canonical form ("${canonical}")`)];
}
