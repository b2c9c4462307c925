import { byteLength, invalid, isCIdentifier, tooLong, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { validateCsiDriverName } from "../../../core/pod/validation/remote-volumes.ts";
import type { V1DeviceAttribute } from "../resourceslice.gen.ts";

const MAX_VALUE = 64;
const MAX_IDENTIFIER = 32;
/** Of a domain, a slash and an identifier. */
const MAX_NAME = 96;

const NUMBER = "(0|[1-9]\\d*)";
const PRERELEASE = "(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)";
const BUILD = "[0-9a-zA-Z-]+";
const SEMVER = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(-${PRERELEASE}(\\.${PRERELEASE})*)?(\\+${BUILD}(\\.${BUILD})*)?$`,
);

/** That there is one value is declared. Upstream: pkg/apis/resource/validation/validation.go#validateDeviceAttribute */
export function attributeErrors(
  attributes: Readonly<Record<string, V1DeviceAttribute>>,
  field: FieldPath,
): FieldError[] {
  return Object.entries(attributes).flatMap(([name, { string = "", version }]) => {
    const at = field.key(printedKey(name));
    return [
      ...qualifiedNameErrors(name, field),
      ...lengthErrors(string, at.child("string")),
      ...(version === undefined ? [] : versionErrors(version, at.child("version"))),
    ];
  });
}

function versionErrors(version: string, field: FieldPath): FieldError[] {
  const text = "must be a string compatible with semver.org spec 2.0.0";
  return [...(SEMVER.test(version) ? [] : [invalid(field, version, text)]), ...lengthErrors(version, field)];
}

const lengthErrors = (text: string, field: FieldPath): FieldError[] =>
  byteLength(text) > MAX_VALUE ? [tooLong(field, text, MAX_VALUE)] : [];

/** The middle of what is too long is left out. Upstream: …#truncateIfTooLong */
export function printedKey(key: string): string {
  if (key.length <= MAX_NAME) return key;
  const rest = MAX_NAME - "...".length;
  return `${key.slice(0, Math.ceil(rest / 2))}...${key.slice(-Math.floor(rest / 2))}`;
}

/** An identifier, or one behind a domain. Upstream: …#validateQualifiedName */
export function qualifiedNameErrors(name: string, field: FieldPath): FieldError[] {
  const parts = name.split("/");
  if (parts.length > 2) return [];
  if (parts.length === 1) return identifierErrors(name, field);
  const [domain, identifier] = [parts[0]!, parts[1]!];
  return [
    ...(domain === "" ? [invalid(field, "", "the domain must not be empty")] : validateCsiDriverName(domain, field)),
    ...(identifier === "" ? [invalid(field, "", "the name must not be empty")] : identifierErrors(identifier, field)),
  ];
}

function identifierErrors(identifier: string, field: FieldPath): FieldError[] {
  return [
    ...(byteLength(identifier) > MAX_IDENTIFIER ? [tooLong(field, identifier, MAX_IDENTIFIER)] : []),
    ...isCIdentifier(identifier).map((text) => invalid(field, identifier, text)),
  ];
}
