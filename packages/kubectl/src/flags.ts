import { CommandError } from "./command-error.ts";

/** What a command line gave, by the flags' names in camel case. */
export type Flags = Readonly<Record<string, unknown>>;

/** Under this key stand the words behind "--", when there was one. */
export const DASHED = "--";

export function flag(flags: Flags, name: string): string | undefined {
  const value = flags[name];
  return typeof value === "string" ? value : undefined;
}

export function isSet(flags: Flags, name: string): boolean {
  return flags[name] === true;
}

export function flagList(flags: Flags, name: string): string[] {
  const value = flags[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** For an option that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

export function numberFlag(flags: Flags, name: string): number | undefined {
  const value = flag(flags, name);
  return value === undefined
    ? undefined
    : integer(value, `--${name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`);
}

/** The words behind "--"; undefined without one. */
export function dashed(flags: Flags): readonly string[] | undefined {
  const value = flags[DASHED];
  return Array.isArray(value) ? (value as string[]) : undefined;
}

/** Arguments in front of "--". */
export function undashed(args: readonly string[], flags: Flags): readonly string[] {
  return args.slice(0, args.length - (dashed(flags)?.length ?? 0));
}

function integer(value: string, shown: string): number {
  if (/^[+-]?\d+$/.test(value)) return Number(value);
  throw new CommandError(
    `invalid argument ${JSON.stringify(value)} for ${JSON.stringify(shown)} flag: strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`,
  );
}
