/** Go's duration syntax. Upstream: go/src/time/time.go#Duration.String, format.go#ParseDuration */
const NS_PER: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const MAX_NS = 2n ** 63n - 1n;

/** The text is not a duration. The message is Go's. */
export class DurationError extends Error {
  override name = "DurationError";
}

/** Whole nanoseconds; "1h30m", "-1.5s", "0". @throws {DurationError} */
export function parseDurationNs(text: string): bigint {
  const [, sign, body] = /^([+-]?)(.*)$/s.exec(text)!;
  if (body === "0") return 0n;
  let total = 0n;
  let rest = body!;
  if (rest === "") throw new DurationError(`time: invalid duration ${JSON.stringify(text)}`);
  while (rest !== "") {
    const [amount, length] = readTerm(text, rest);
    total += amount;
    if (total > MAX_NS) throw new DurationError(`time: invalid duration ${JSON.stringify(text)}`);
    rest = rest.slice(length);
  }
  return sign === "-" ? -total : total;
}

function readTerm(text: string, rest: string): [amount: bigint, length: number] {
  const match = /^([0-9]*)(\.[0-9]*)?([^0-9.]*)/.exec(rest)!;
  const [whole, , fraction = "", unit] = [match[1]!, "", match[2]?.slice(1), match[3]!];
  if (whole === "" && fraction === "") throw new DurationError(`time: invalid duration ${JSON.stringify(text)}`);
  if (unit === "") throw new DurationError(`time: missing unit in duration ${JSON.stringify(text)}`);
  const scale = Object.hasOwn(NS_PER, unit) ? NS_PER[unit]! : undefined;
  if (scale === undefined)
    throw new DurationError(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`);
  const digits = fraction.slice(0, 18);
  const part = digits === "" ? 0n : (BigInt(digits) * scale) / 10n ** BigInt(digits.length);
  return [BigInt(whole === "" ? "0" : whole.slice(0, 40)) * scale + part, match[0].length];
}

/** "1h30m0s", "1.5s", "100ms", "0s". */
export function formatDurationNs(ns: bigint): string {
  if (ns < 0n) return `-${formatDurationNs(-ns)}`;
  if (ns === 0n) return "0s";
  if (ns < 1_000n) return `${ns}ns`;
  if (ns < 1_000_000n) return `${withFraction(ns, 1_000n)}µs`;
  if (ns < 1_000_000_000n) return `${withFraction(ns, 1_000_000n)}ms`;
  const hours = ns / NS_PER.h!;
  const minutes = (ns / NS_PER.m!) % 60n;
  const seconds = `${withFraction(ns % NS_PER.m!, NS_PER.s!)}s`;
  if (hours > 0n) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${minutes}m${seconds}` : seconds;
}

function withFraction(value: bigint, unit: bigint): string {
  const rest = (value % unit)
    .toString()
    .padStart(unit.toString().length - 1, "0")
    .replace(/0+$/, "");
  return rest === "" ? `${value / unit}` : `${value / unit}.${rest}`;
}

/** Milliseconds, with a fraction where the text is finer. @throws {DurationError} */
export function parseDuration(text: string): number {
  const ns = parseDurationNs(text);
  return Number(ns / 1_000_000n) + Number(ns % 1_000_000n) / 1e6;
}

export function formatDuration(ms: number): string {
  return formatDurationNs(BigInt(Math.round(ms * 1e6)));
}
