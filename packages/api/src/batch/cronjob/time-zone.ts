/** Names of the TZ database that hold no time, and which engines leave out. */
const WITHOUT_TIME = "Factory";

/** A name may be spelled in one way only, and be no offset. */
function isKnown(name: string): boolean {
  if (name === WITHOUT_TIME) return true;
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Temporal.ZonedDateTime(0n, name).timeZoneId === name;
  } catch {
    return false;
  }
}

/** What is wrong with the name of a time zone, in the words of Go's time.LoadLocation; undefined when there is one. */
export function timeZoneProblem(name: string): string | undefined {
  if (name === "" || name === "UTC" || name === "Local") return undefined;
  if (name.includes("..") || name.startsWith("/") || name.startsWith("\\")) return "time: invalid location name";
  return isKnown(name) ? undefined : `unknown time zone ${name}`;
}
