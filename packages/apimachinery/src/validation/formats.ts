/**
 * Formats of names and values. Each returns what is wrong, in upstream's words (they are wire facts), or nothing.
 * Upstream: apimachinery/pkg/util/validation/validation.go, apimachinery/pkg/api/validate/content/
 */
const LABEL_1123 = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const LABEL_1123_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const SUBDOMAIN_1123 = `${LABEL_1123}(\\.${LABEL_1123})*`;
const SUBDOMAIN_1123_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const SUBDOMAIN_1123_CASELESS_TEXT =
  "an RFC 1123 subdomain must consist of alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const LABEL_1123_UNDERSCORE = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const SUBDOMAIN_1123_UNDERSCORE = `${LABEL_1123_UNDERSCORE}(\\.${LABEL_1123_UNDERSCORE})*`;
const SUBDOMAIN_1123_UNDERSCORE_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character";
const LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const LABEL_1035_TEXT =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const QUALIFIED_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_VALUE = `(${QUALIFIED})?`;
const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const WILDCARD_SUBDOMAIN = `\\*\\.${SUBDOMAIN_1123}`;
const WILDCARD_SUBDOMAIN_TEXT =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
const C_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*";
const C_IDENTIFIER_TEXT =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'";
const PERCENT = "[0-9]+%";
const HTTP_HEADER = "[-A-Za-z0-9]+";
const RELAXED_ENV_NAME_TEXT =
  "a valid environment variable name must consist only of printable ASCII characters other than '='";
const CONFIG_KEY = "[-._a-zA-Z0-9]+";
const CONDITION_REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?";
const CONDITION_REASON_TEXT =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'";

export const MAX_DNS_LABEL = 63;
export const MAX_DNS_SUBDOMAIN = 253;
const MAX_LABEL_VALUE = 63;

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);
const LABEL_1123_RE = whole(LABEL_1123);
const SUBDOMAIN_1123_RE = whole(SUBDOMAIN_1123);
const SUBDOMAIN_1123_CASELESS_RE = new RegExp(SUBDOMAIN_1123_RE, "i");
const SUBDOMAIN_1123_UNDERSCORE_RE = whole(SUBDOMAIN_1123_UNDERSCORE);
const LABEL_1035_RE = whole(LABEL_1035);
const QUALIFIED_RE = whole(QUALIFIED);
const LABEL_VALUE_RE = whole(LABEL_VALUE);
const WILDCARD_SUBDOMAIN_RE = whole(WILDCARD_SUBDOMAIN);
const C_IDENTIFIER_RE = whole(C_IDENTIFIER);
const PERCENT_RE = whole(PERCENT);
const HTTP_HEADER_RE = whole(HTTP_HEADER);
const CONFIG_KEY_RE = whole(CONFIG_KEY);
const CONDITION_REASON_RE = whole(CONDITION_REASON);

/** Go measures strings in bytes of UTF-8. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text);
}

export function maxLengthText(length: number): string {
  return `must be no more than ${length} characters`;
}

/** The newer rules count what they always counted: bytes. */
function maxBytesText(length: number): string {
  return `must be no more than ${length} bytes`;
}

export function rangeText(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

export function patternText(message: string, pattern: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${pattern}')`;
  return `${message} (e.g. ${examples.map((example) => `'${example}', `).join(" or ")}regex used for validation is '${pattern}')`;
}

export function isDns1123Label(value: string): string[] {
  return dnsLabelErrors(value, maxLengthText(MAX_DNS_LABEL));
}

/** A DNS label, by the newer rules. Upstream: apimachinery/pkg/api/validate/strfmt.go#ShortName */
export function isShortName(value: string): string[] {
  return dnsLabelErrors(value, maxBytesText(MAX_DNS_LABEL));
}

function dnsLabelErrors(value: string, tooLongText: string): string[] {
  const errors = byteLength(value) > MAX_DNS_LABEL ? [tooLongText] : [];
  if (LABEL_1123_RE.test(value)) return errors;
  const text = SUBDOMAIN_1123_RE.test(value)
    ? "must not contain dots"
    : patternText(LABEL_1123_TEXT, LABEL_1123, "my-name", "123-abc");
  return [...errors, text];
}

export function isDns1123Subdomain(value: string): string[] {
  return lengthAndPattern(value, maxLengthText(MAX_DNS_SUBDOMAIN), SUBDOMAIN_1123_RE, () =>
    patternText(SUBDOMAIN_1123_TEXT, SUBDOMAIN_1123, "example.com"),
  );
}

/** The pattern that is told is that of lower case, as upstream. Upstream: apimachinery/pkg/api/validate/content/dns.go */
export function isDns1123SubdomainCaseless(value: string): string[] {
  const errors = byteLength(value) > MAX_DNS_SUBDOMAIN ? [maxBytesText(MAX_DNS_SUBDOMAIN)] : [];
  if (SUBDOMAIN_1123_CASELESS_RE.test(value)) return errors;
  return [...errors, patternText(SUBDOMAIN_1123_CASELESS_TEXT, SUBDOMAIN_1123, "Example.com")];
}

export function isDns1123SubdomainWithUnderscore(value: string): string[] {
  return lengthAndPattern(value, maxLengthText(MAX_DNS_SUBDOMAIN), SUBDOMAIN_1123_UNDERSCORE_RE, () =>
    patternText(SUBDOMAIN_1123_UNDERSCORE_TEXT, SUBDOMAIN_1123_UNDERSCORE, "example.com"),
  );
}

export function isWildcardDns1123Subdomain(value: string): string[] {
  return lengthAndPattern(value, maxLengthText(MAX_DNS_SUBDOMAIN), WILDCARD_SUBDOMAIN_RE, () =>
    patternText(WILDCARD_SUBDOMAIN_TEXT, WILDCARD_SUBDOMAIN, "*.example.com"),
  );
}

function lengthAndPattern(value: string, tooLongText: string, pattern: RegExp, text: () => string): string[] {
  const errors = byteLength(value) > MAX_DNS_SUBDOMAIN ? [tooLongText] : [];
  return pattern.test(value) ? errors : [...errors, text()];
}

export function isDns1035Label(value: string): string[] {
  const errors = byteLength(value) > MAX_DNS_LABEL ? [maxLengthText(MAX_DNS_LABEL)] : [];
  return LABEL_1035_RE.test(value)
    ? errors
    : [...errors, patternText(LABEL_1035_TEXT, LABEL_1035, "my-name", "abc-123")];
}

/** A label or annotation key: an optional DNS subdomain and a slash, then up to 63 characters. */
export function isQualifiedName(value: string): string[] {
  const parts = value.split("/");
  if (parts.length > 2) {
    return [
      `a valid label key ${patternText(QUALIFIED_TEXT, QUALIFIED, "MyName", "my.name", "123-abc")} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1)!;
  const errors = parts.length === 2 ? prefixErrors(parts[0]!) : [];
  if (name === "") errors.push("name part must be non-empty");
  else if (byteLength(name) > MAX_LABEL_VALUE) errors.push(`name part ${maxBytesText(MAX_LABEL_VALUE)}`);
  if (!QUALIFIED_RE.test(name))
    errors.push(`name part ${patternText(QUALIFIED_TEXT, QUALIFIED, "MyName", "my.name", "123-abc")}`);
  return errors;
}

function prefixErrors(prefix: string): string[] {
  if (prefix === "") return ["prefix part must be non-empty"];
  return isLongName(prefix).map((text) => `prefix part ${text}`);
}

/** A DNS subdomain, by the newer rules. Upstream: apimachinery/pkg/api/validate/strfmt.go#LongName */
export function isLongName(value: string): string[] {
  return lengthAndPattern(value, maxBytesText(MAX_DNS_SUBDOMAIN), SUBDOMAIN_1123_RE, () =>
    patternText(SUBDOMAIN_1123_TEXT, SUBDOMAIN_1123, "example.com"),
  );
}

/** A qualified name whose prefix is not optional. Upstream: …/content/kube.go#IsPrefixedLabelKey */
export function isPrefixedLabelKey(value: string): string[] {
  const errors = isQualifiedName(value);
  if (errors.length > 0) return errors;
  return value.includes("/") ? [] : ["must include a prefix (e.g. 'example.com/key')"];
}

export function isLabelValue(value: string): string[] {
  const errors = byteLength(value) > MAX_LABEL_VALUE ? [maxBytesText(MAX_LABEL_VALUE)] : [];
  return LABEL_VALUE_RE.test(value)
    ? errors
    : [...errors, patternText(LABEL_VALUE_TEXT, LABEL_VALUE, "MyValue", "my_value", "12345")];
}

export function isCIdentifier(value: string): string[] {
  return C_IDENTIFIER_RE.test(value)
    ? []
    : [patternText(C_IDENTIFIER_TEXT, C_IDENTIFIER, "my_name", "MY_NAME", "MyName")];
}

/** A name that is one segment of a URL path, such as a Role's. Upstream: …/content/path.go#IsPathSegmentName */
export function isPathSegmentName(value: string): string[] {
  if (value === "." || value === "..") return [`may not be '${value}'`];
  return isPathSegmentPrefix(value);
}

export function isPathSegmentPrefix(value: string): string[] {
  return ["/", "%"].filter((illegal) => value.includes(illegal)).map((illegal) => `may not contain '${illegal}'`);
}

export function isInRange(value: number, low: number, high: number): string[] {
  return value >= low && value <= high ? [] : [rangeText(low, high)];
}

export function isValidPortNum(port: number): string[] {
  return isInRange(port, 1, 65535);
}

const MAX_ID = 2 ** 31 - 1;

/** A user id. */
export function isValidUserId(id: number | bigint): string[] {
  return id >= 0 && id <= MAX_ID ? [] : [rangeText(0, MAX_ID)];
}

export const isValidGroupId = isValidUserId;

/** An IANA service name. */
export function isValidPortName(name: string): string[] {
  const errors: string[] = [];
  if (byteLength(name) > 15) errors.push(maxLengthText(15));
  if (!/^[-a-z0-9]+$/.test(name)) errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(name)) errors.push("must contain at least one letter (a-z)");
  if (name.includes("--")) errors.push("must not contain consecutive hyphens");
  if (name.startsWith("-") || name.endsWith("-")) errors.push("must not begin or end with a hyphen");
  return errors;
}

export function isValidPercent(value: string): string[] {
  if (PERCENT_RE.test(value)) return [];
  return [
    patternText("a valid percent string must be a numeric string followed by an ending '%'", PERCENT, "1%", "93%"),
  ];
}

export function isHttpHeaderName(value: string): string[] {
  if (HTTP_HEADER_RE.test(value)) return [];
  return [
    patternText("a valid HTTP header must consist of alphanumeric characters or '-'", HTTP_HEADER, "X-Header-Name"),
  ];
}

export function isRelaxedEnvVarName(value: string): string[] {
  if (value === "") return ["environment variable name must be non-empty"];
  return /^[\x20-\x3c\x3e-\x7e]*$/.test(value) ? [] : [RELAXED_ENV_NAME_TEXT];
}

export function isConfigMapKey(value: string): string[] {
  const errors = byteLength(value) > MAX_DNS_SUBDOMAIN ? [maxLengthText(MAX_DNS_SUBDOMAIN)] : [];
  if (!CONFIG_KEY_RE.test(value)) {
    errors.push(
      patternText(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        CONFIG_KEY,
        "key.name",
        "KEY_NAME",
        "key-name",
      ),
    );
  }
  return [...errors, ...parentPathErrors(value)];
}

function parentPathErrors(value: string): string[] {
  if (value === "." || value === "..") return [`must not be '${value}'`];
  return value.startsWith("..") ? ["must not start with '..'"] : [];
}

export function isConditionReason(value: string): string[] {
  if (CONDITION_REASON_RE.test(value)) return [];
  return [
    patternText(
      CONDITION_REASON_TEXT,
      CONDITION_REASON,
      "my_name",
      "MY_NAME",
      "MyName",
      "ReasonA,ReasonB",
      "ReasonA:ReasonB",
    ),
  ];
}
