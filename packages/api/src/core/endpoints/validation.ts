import {
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  isQualifiedName,
  isValidPortNum,
  notSupported,
  path,
  required,
  validateLegacyIp,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1EndpointAddress, V1Endpoints, V1EndpointSubset } from "./endpoints.gen.ts";
import { validateEndpointIp } from "./ip-validation.ts";

const PROTOCOLS = ["SCTP", "TCP", "UDP"];

type Port = NonNullable<V1EndpointSubset["ports"]>[number];

/** Upstream: pkg/apis/core/validation/validation.go#ValidateEndpoints */
export function validateEndpoints({ subsets = [] }: V1Endpoints): FieldError[] {
  return subsets.flatMap((subset, i) => subsetErrors(subset, path("subsets").index(i)));
}

function subsetErrors(
  { addresses = [], notReadyAddresses = [], ports = [] }: V1EndpointSubset,
  field: FieldPath,
): FieldError[] {
  const empty = addresses.length === 0 && notReadyAddresses.length === 0;
  return [
    ...(empty ? [required(field, "must specify `addresses` or `notReadyAddresses`")] : []),
    ...addresses.flatMap((address, i) => addressErrors(address, field.child("addresses").index(i))),
    ...notReadyAddresses.flatMap((address, i) => addressErrors(address, field.child("notReadyAddresses").index(i))),
    ...ports.flatMap((port, i) => portErrors(port, ports.length > 1, field.child("ports").index(i))),
  ];
}

function addressErrors({ ip, hostname, nodeName }: V1EndpointAddress, field: FieldPath): FieldError[] {
  return [
    ...validateLegacyIp(ip, field.child("ip")),
    ...(hostname ? isDns1123Label(hostname).map((text) => invalid(field.child("hostname"), hostname, text)) : []),
    ...(nodeName === undefined
      ? []
      : isDns1123Subdomain(nodeName).map((text) => invalid(field.child("nodeName"), nodeName, text))),
    ...validateEndpointIp(ip, field.child("ip")),
  ];
}

function portErrors(
  { name = "", port, protocol, appProtocol }: Port,
  nameRequired: boolean,
  field: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (name !== "") errors.push(...isDns1123Label(name).map((text) => invalid(field.child("name"), name, text)));
  else if (nameRequired) errors.push(required(field.child("name")));
  errors.push(...isValidPortNum(port).map((text) => invalid(field.child("port"), port, text)));
  if (!protocol) errors.push(required(field.child("protocol")));
  else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(field.child("protocol"), protocol, PROTOCOLS));
  if (appProtocol === undefined) return errors;
  return [
    ...errors,
    ...isQualifiedName(appProtocol).map((text) => invalid(field.child("appProtocol"), appProtocol, text)),
  ];
}
