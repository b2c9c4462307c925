import { invalid, parseIp, type FieldError, type FieldPath, type ParsedIp } from "@dingi/apimachinery";

/** An address that traffic may be sent to. Upstream: pkg/apis/core/validation/validation.go#ValidateEndpointIP */
export function validateEndpointIp(text: string, field: FieldPath): FieldError[] {
  const ip = parseIp(text);
  if (!ip) return [invalid(field, text, "must be a valid IP address")];
  const problems: string[] = [];
  if (isUnspecified(ip)) problems.push(`may not be unspecified (${text})`);
  if (isLoopback(ip)) problems.push("may not be in the loopback range (127.0.0.0/8, ::1/128)");
  if (isLinkLocal(ip)) problems.push("may not be in the link-local range (169.254.0.0/16, fe80::/10)");
  if (isLinkLocalMulticast(ip)) problems.push("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
  return problems.map((problem) => invalid(field, text, problem));
}

const isUnspecified = ({ bytes }: ParsedIp): boolean => bytes.every((byte) => byte === 0);

function isLoopback({ family, bytes }: ParsedIp): boolean {
  if (family === "IPv4") return bytes[0] === 127;
  return bytes[15] === 1 && bytes.slice(0, 15).every((byte) => byte === 0);
}

function isLinkLocal({ family, bytes }: ParsedIp): boolean {
  if (family === "IPv4") return bytes[0] === 169 && bytes[1] === 254;
  return bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
}

function isLinkLocalMulticast({ family, bytes }: ParsedIp): boolean {
  if (family === "IPv4") return bytes[0] === 224 && bytes[1] === 0 && bytes[2] === 0;
  return bytes[0] === 0xff && (bytes[1]! & 0x0f) === 0x02;
}
