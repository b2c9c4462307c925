import { fn, member, overload } from "../../check/declaration.ts";
import { BOOL, INT, STRING } from "../../check/type.ts";
import { NO_SUCH_OVERLOAD, type CelError } from "../../value/error.ts";
import type { Value } from "../../value/value.ts";
import type { Library } from "../library.ts";
import { Cidr, CIDR_TYPE, Ip, IP_TYPE, parseAddress, parseNetwork } from "./address.ts";

function containsIp(cidr: Cidr, ip: Ip | CelError): Value {
  // Differs from containsCIDR: upstream forgets here what is wrong with the address.
  return ip instanceof Ip ? cidr.contains(ip) : NO_SUCH_OVERLOAD;
}

function containsCidr(cidr: Cidr, other: Cidr | CelError): Value {
  return other instanceof Cidr ? cidr.bits <= other.bits && cidr.contains(other.ip) : other;
}

/** Upstream: k8s.io/apiserver/pkg/cel/library/cidr.go */
export const CIDR: Library = {
  name: "kubernetes.net.cidr",
  types: [CIDR_TYPE],
  functions: [
    fn("cidr", overload("string_to_cidr", [STRING], CIDR_TYPE, parseNetwork)),
    fn(
      "isCIDR",
      overload("is_cidr", [STRING], BOOL, (text: string) => parseNetwork(text) instanceof Cidr),
    ),
    fn(
      "containsIP",
      member("cidr_contains_ip_string", [CIDR_TYPE, STRING], BOOL, (cidr: Cidr, ip: string) =>
        containsIp(cidr, parseAddress(ip)),
      ),
      member("cidr_contains_ip_ip", [CIDR_TYPE, IP_TYPE], BOOL, containsIp),
    ),
    fn(
      "containsCIDR",
      member("cidr_contains_cidr_string", [CIDR_TYPE, STRING], BOOL, (cidr: Cidr, other: string) =>
        containsCidr(cidr, parseNetwork(other)),
      ),
      member("cidr_contains_cidr", [CIDR_TYPE, CIDR_TYPE], BOOL, containsCidr),
    ),
    fn(
      "ip",
      member("cidr_ip", [CIDR_TYPE], IP_TYPE, ({ ip }: Cidr) => ip),
    ),
    fn(
      "prefixLength",
      member("cidr_prefix_length", [CIDR_TYPE], INT, ({ bits }: Cidr) => bits),
    ),
    fn(
      "masked",
      member("cidr_masked", [CIDR_TYPE], CIDR_TYPE, (cidr: Cidr) => cidr.masked()),
    ),
    fn(
      "string",
      overload("cidr_to_string", [CIDR_TYPE], STRING, ({ text }: Cidr) => text),
    ),
  ],
};
