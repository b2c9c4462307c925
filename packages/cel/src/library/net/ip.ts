import type { FunctionDecl } from "../../check/declaration.ts";
import { fn, member, overload } from "../../check/declaration.ts";
import { BOOL, INT, STRING } from "../../check/type.ts";
import { CelError } from "../../value/error.ts";
import type { Value } from "../../value/value.ts";
import type { Library } from "../library.ts";
import { Ip, IP_TYPE, parseAddress } from "./address.ts";

type Bytes = Uint8Array;
const isV4 = (bytes: Bytes): boolean => bytes.length === 4;
const isZero = (bytes: Bytes): boolean => bytes.every((byte) => byte === 0);
const isLoopback = (bytes: Bytes): boolean =>
  isV4(bytes) ? bytes[0] === 127 : isZero(bytes.subarray(0, 15)) && bytes[15] === 1;
const isMulticast = (bytes: Bytes): boolean => (isV4(bytes) ? (bytes[0]! & 0xf0) === 0xe0 : bytes[0] === 0xff);
const isLinkLocalMulticast = (bytes: Bytes): boolean =>
  isV4(bytes) ? bytes[0] === 224 && bytes[1] === 0 && bytes[2] === 0 : bytes[0] === 0xff && (bytes[1]! & 0x0f) === 0x02;
const isLinkLocalUnicast = (bytes: Bytes): boolean =>
  isV4(bytes) ? bytes[0] === 169 && bytes[1] === 254 : bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
const isBroadcast = (bytes: Bytes): boolean => isV4(bytes) && bytes.every((byte) => byte === 255);
/** Private addresses are global, too. */
const isGlobalUnicast = (bytes: Bytes): boolean =>
  ![isZero, isBroadcast, isLoopback, isMulticast, isLinkLocalUnicast].some((is) => is(bytes));

function property(name: string, id: string, holds: (bytes: Bytes) => boolean): FunctionDecl {
  return fn(
    name,
    member(id, [IP_TYPE], BOOL, ({ parsed }: Ip) => holds(parsed.bytes)),
  );
}

function isCanonical(text: string): Value {
  const ip = parseAddress(text);
  return ip instanceof CelError ? ip : ip.text === text;
}

/** Upstream: k8s.io/apiserver/pkg/cel/library/ip.go */
export const IP: Library = {
  name: "kubernetes.net.ip",
  types: [IP_TYPE],
  functions: [
    fn("ip", overload("string_to_ip", [STRING], IP_TYPE, parseAddress)),
    fn(
      "isIP",
      overload("is_ip", [STRING], BOOL, (text: string) => parseAddress(text) instanceof Ip),
    ),
    fn("ip.isCanonical", overload("ip_is_canonical", [STRING], BOOL, isCanonical)),
    fn(
      "family",
      member("ip_family", [IP_TYPE], INT, ({ size }: Ip) => (size === 4 ? 4 : 6)),
    ),
    property("isUnspecified", "ip_is_unspecified", isZero),
    property("isLoopback", "ip_is_loopback", isLoopback),
    property("isLinkLocalMulticast", "ip_is_link_local_multicast", isLinkLocalMulticast),
    property("isLinkLocalUnicast", "ip_is_link_local_unicast", isLinkLocalUnicast),
    property("isGlobalUnicast", "ip_is_global_unicast", isGlobalUnicast),
    fn(
      "string",
      overload("ip_to_string", [IP_TYPE], STRING, ({ text }: Ip) => text),
    ),
  ],
};
