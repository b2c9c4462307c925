import type { Strategy } from "@dingi/apimachinery";
import type { V1IPAddress } from "./ipaddress.gen.ts";
import { isIPAddressName, validateIPAddress, validateIPAddressUpdate } from "./validation.ts";

/** Upstream: pkg/registry/networking/ipaddress/strategy.go */
export const strategy: Strategy<V1IPAddress> = {
  nameFormat: isIPAddressName,
  generatesNames: false,
  validate: validateIPAddress,
  validateUpdate: validateIPAddressUpdate,
};
