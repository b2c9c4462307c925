import { parseDuration } from "@dingi/apimachinery";

type Flags = Readonly<Record<string, string>>;

export function integerFlag(flags: Flags, name: string, otherwise: number): number {
  const text = flags[name];
  if (text === undefined) return otherwise;
  if (!/^\d+$/.test(text)) throw new Error(`--${name} takes a whole number, not "${text}"`);
  return Number(text);
}

export function booleanFlag(flags: Flags, name: string, otherwise: boolean): boolean {
  const text = flags[name];
  if (text === undefined) return otherwise;
  if (text !== "true" && text !== "false") throw new Error(`--${name} takes true or false, not "${text}"`);
  return text === "true";
}

/** Milliseconds of a duration such as "40s". */
export function durationFlag(flags: Flags, name: string, otherwiseMs: number): number {
  const text = flags[name];
  if (text === undefined) return otherwiseMs;
  try {
    return parseDuration(text);
  } catch (cause) {
    throw new Error(`--${name} takes a duration such as 40s, not "${text}"`, { cause });
  }
}

/** "LimitRanger,PodSecurity" */
export function namesFlag(flags: Flags, name: string): string[] {
  const text = flags[name];
  if (text === undefined || text === "") return [];
  const names = text.split(",");
  if (names.every((one) => /^[A-Za-z]+$/.test(one))) return names;
  throw new Error(`--${name} takes names with commas between them, not "${text}"`);
}
