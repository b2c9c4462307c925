/**
 * As Go's %g writes a double: shortest, with an exponent below 1e-4 and from 1e6; its %v, which messages use, has an
 * exponent only from 1e21.
 */
export function formatDouble(value: number, exponentFrom = 6): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const [mantissa, power] = value.toExponential().split("e") as [string, string];
  const exponent = Number(power);
  if (exponent < -4 || exponent >= exponentFrom) return `${mantissa}e${exponentOf(exponent)}`;
  return exponent < 0 ? smallDecimal(value, exponent) : String(value);
}

function smallDecimal(value: number, exponent: number): string {
  const digits = value.toExponential().split("e")[0]!.replace("-", "").replace(".", "");
  return `${value < 0 ? "-" : ""}0.${"0".repeat(-exponent - 1)}${digits}`;
}

/** At least two digits, with a sign. */
export function exponentOf(exponent: number): string {
  return `${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** Like Number's toFixed, but what lies in the middle goes to the even digit, as Go rounds. */
export function toFixed(value: number, precision: number): string {
  const rounded = value.toFixed(precision);
  const exact = value.toFixed(Math.min(100, precision + 40));
  const kept = exact.slice(0, exact.indexOf(".") + (precision === 0 ? 0 : precision + 1));
  const isMiddle = /^50*$/.test(exact.slice(exact.indexOf(".") + 1 + precision));
  return isMiddle && /[02468]$/.test(kept) ? kept : rounded;
}
