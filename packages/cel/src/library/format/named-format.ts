import { isDns1035Label, isDns1123Label, isDns1123Subdomain, isLabelValue, isQualifiedName } from "@dingi/apimachinery";
import { structOf } from "../../check/type.ts";
import { CelError, NO_SUCH_OVERLOAD } from "../../value/error.ts";
import { parseDate, parseTimestamp } from "../../value/time.ts";
import { Opaque } from "../../value/value.ts";
import { parseRequestUri } from "../urls/url.ts";

export const FORMAT_TYPE = structOf("kubernetes.NamedFormat");

/** A format that strings may be checked against. */
export class NamedFormat extends Opaque {
  readonly type = FORMAT_TYPE;
  readonly name: string;
  /** How large the pattern behind it is, for the reckoning of costs. */
  readonly maxRegexSize: number;
  readonly validate: (text: string) => readonly string[];

  constructor(name: string, maxRegexSize: number, validate: (text: string) => readonly string[]) {
    super();
    this.name = name;
    this.maxRegexSize = maxRegexSize;
    this.validate = validate;
  }

  equals(other: Opaque): boolean | CelError {
    return other instanceof NamedFormat ? this.name === other.name : NO_SUCH_OVERLOAD;
  }
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;

function fits(holds: (text: string) => boolean, message: string): (text: string) => readonly string[] {
  return (text) => (holds(text) ? [] : [message]);
}

/** A prefix may end in a dash, as what is generated follows it. */
function asPrefix(validate: (text: string) => readonly string[]): (text: string) => readonly string[] {
  return (text) => validate(text.length > 1 && text.endsWith("-") ? `${text.slice(0, -2)}a` : text);
}

function uriFlaws(text: string): readonly string[] {
  const parsed = parseRequestUri(text);
  return parsed instanceof CelError ? [parsed.message] : [];
}

const isDate = (text: string): boolean => isTime(parseDate(text));
const isDateTime = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}t/i.test(text) && isTime(parseTimestamp(text.toUpperCase()));

function isTime(parsed: ReturnType<typeof parseDate>): boolean {
  return parsed !== undefined && !(parsed instanceof CelError);
}

/** Upstream: k8s.io/apiserver/pkg/cel/library/format.go#ConstantFormats */
export const FORMATS: ReadonlyMap<string, NamedFormat> = new Map(
  Object.entries({
    dns1123Label: new NamedFormat("DNS1123Label", 30, isDns1123Label),
    dns1123Subdomain: new NamedFormat("DNS1123Subdomain", 60, isDns1123Subdomain),
    dns1035Label: new NamedFormat("DNS1035Label", 30, isDns1035Label),
    qualifiedName: new NamedFormat("QualifiedName", 60, isQualifiedName),
    dns1123LabelPrefix: new NamedFormat("DNS1123LabelPrefix", 30, asPrefix(isDns1123Label)),
    dns1123SubdomainPrefix: new NamedFormat("DNS1123SubdomainPrefix", 60, asPrefix(isDns1123Subdomain)),
    dns1035LabelPrefix: new NamedFormat("DNS1035LabelPrefix", 30, asPrefix(isDns1035Label)),
    labelValue: new NamedFormat("LabelValue", 40, isLabelValue),
    uri: new NamedFormat("URI", 1103, uriFlaws),
    uuid: new NamedFormat(
      "uuid",
      70,
      fits((text) => UUID.test(text), "does not match the UUID format"),
    ),
    byte: new NamedFormat(
      "byte",
      84,
      fits((text) => BASE64.test(text), "invalid base64"),
    ),
    date: new NamedFormat("date", 71, fits(isDate, "invalid date")),
    datetime: new NamedFormat("datetime", 71, fits(isDateTime, "invalid datetime")),
  }),
);
