import { parseCidr, parseDurationNs, parseIp } from "@dingi/apimachinery";
import { CelError, parseRequestUri } from "@dingi/cel";

/** Whether a text has a format, which is known. Upstream: kube-openapi/pkg/validation/strfmt */
export function fitsFormat(format: string, text: string): boolean {
  return FORMATS[format.replaceAll("-", "")]!(text);
}

const matching =
  (pattern: RegExp) =>
  (text: string): boolean =>
    pattern.test(text);

const SHORT_NAME = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const COLOR = "(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])";

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: matching(/^[0-9a-f]{24}$/i),
  uri: (text) => !(parseRequestUri(text) instanceof CelError),
  email: isEmail,
  hostname: isHostname,
  ipv4: (text) => text.includes(".") && parseIp(text) !== undefined,
  ipv6: (text) => text.includes(":") && parseIp(text) !== undefined,
  cidr: (text) => parseCidr(text) !== undefined,
  mac: isMac,
  uuid: matching(/^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i),
  uuid3: matching(/^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i),
  uuid4: matching(/^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i),
  uuid5: matching(/^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: (text) => text.length === 11 && /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: matching(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: matching(
    new RegExp(
      `^rgb\\([\\t\\n\\f\\r ]*${COLOR}${`[\\t\\n\\f\\r ]*,[\\t\\n\\f\\r ]*${COLOR}`.repeat(2)}[\\t\\n\\f\\r ]*\\)$`,
    ),
  ),
  byte: (text) => text.length > 0 && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text),
  password: () => true,
  date: isDate,
  duration: isDuration,
  datetime: isDateTime,
  k8sshortname: (text) => text.length <= 63 && new RegExp(`^${SHORT_NAME}$`).test(text),
  k8slongname: (text) =>
    text.length <= 253 && text.split(".").every((part) => /^[a-z0-9-]+$/.test(part) && !/^-|-$/.test(part)),
};

/** An address, alone or in angle brackets behind a name. Differs: comments and quoted local parts with spaces are not read. */
function isEmail(text: string): boolean {
  const address = /^[^<>@"(),:;[\]\\]*<([^<>]+)>$/.exec(text.trim())?.[1] ?? text.trim();
  const at = address.lastIndexOf("@");
  return at > 0 && LOCAL.test(address.slice(0, at)) && DOMAIN.test(address.slice(at + 1));
}

const ATOM = "[\\w!#$%&'*+/=?^`{|}~\\u0080-\\u{10ffff}-]+";
const DOMAIN = new RegExp(`^(${ATOM}(\\.${ATOM})*|\\[[^\\][]+\\])$`, "u");
const LOCAL = new RegExp(`^(${ATOM}(\\.${ATOM})*|"[^"\\\\]+")$`, "u");

const MAX_HOSTNAME = 255;
const MAX_LABEL = 63;

function isHostname(text: string): boolean {
  if (Buffer.byteLength(text) > MAX_HOSTNAME || text === "") return false;
  const labels = text.split(".");
  if (labels.some((label) => Buffer.byteLength(label) > MAX_LABEL)) return false;
  if (labels.length === 1) return /^[a-zA-Z0-9\p{S}\p{L}](-?[a-zA-Z0-9\p{S}\p{L}]+)*$/u.test(text);
  const top = labels.pop()!;
  return labels.every((label) => LABEL.test(label)) && /^[a-zA-Z\p{L}]{2,63}$/u.test(top);
}

const LABEL = /^[a-zA-Z0-9\p{S}\p{L}]([a-zA-Z0-9\p{S}\p{L}-]{0,61}[a-zA-Z0-9\p{S}\p{L}])?$/u;

/** Upstream: Go's net/mac.go#ParseMAC: 6, 8 or 20 bytes. */
function isMac(text: string): boolean {
  const bytes = /^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1)*[0-9a-f]{2}$/i.test(text) ? (text.length + 1) / 3 : 0;
  const pairs = /^[0-9a-f]{4}\.(?:[0-9a-f]{4}\.)*[0-9a-f]{4}$/i.test(text) ? ((text.length + 1) / 5) * 2 : 0;
  return [6, 8, 20].includes(bytes || pairs);
}

const digitsOf = (text: string): number[] => [...text].map((digit) => (digit === "X" ? 10 : Number(digit)));

function isIsbn10(text: string): boolean {
  const plain = text.replaceAll(/[\s-]+/g, "");
  if (!/^(?:[0-9]{9}X|[0-9]{10})$/.test(plain)) return false;
  return digitsOf(plain).reduce((sum, digit, i) => sum + (i + 1) * digit, 0) % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const plain = text.replaceAll(/[\s-]+/g, "");
  if (!/^[0-9]{13}$/.test(plain)) return false;
  return digitsOf(plain).reduce((sum, digit, i) => sum + (i % 2 === 0 ? 1 : 3) * digit, 0) % 10 === 0;
}

const CARD =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/;

function isCreditCard(text: string): boolean {
  const plain = text.replaceAll(/[^0-9]+/g, "");
  if (!CARD.test(plain)) return false;
  const sum = digitsOf(plain)
    .reverse()
    .reduce((total, digit, i) => total + (i % 2 === 0 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9), 0);
  return sum % 10 === 0;
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const [year, month, day] = text.split("-").map(Number) as [number, number, number];
  return day >= 1 && day <= (DAYS[month] ?? 0) && !(month === 2 && day === 29 && !isLeap(year));
}

const DAYS = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

const TIME = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$/;

function isDateTime(text: string): boolean {
  const [date = "", time] = text.toLowerCase().split("t");
  if (time === undefined || !isDate(date)) return false;
  const found = TIME.exec(time);
  return found !== null && found[1]! <= "23" && found[2]! <= "59" && found[3]! <= "59";
}

const UNITS: readonly (readonly string[])[] = [
  ["ns", "nano"],
  ["us", "µs", "micro"],
  ["ms", "milli"],
  ["s", "sec"],
  ["m", "min"],
  ["h", "hr", "hour"],
  ["d", "day"],
  ["w", "wk", "week"],
];

/** As Go reads one, or a number and the name of a unit. */
function isDuration(text: string): boolean {
  try {
    parseDurationNs(text);
    return true;
  } catch {
    return [...text.matchAll(/\d+[\t\n\f\r ]*([A-Za-zµ]+)/g)].some(([, unit = ""]) => isUnit(unit.toLowerCase()));
  }
}

const isUnit = (unit: string): boolean => UNITS.some((names) => names.includes(unit) || unit.startsWith(names.at(-1)!));
