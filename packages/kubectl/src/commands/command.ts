import type { Command } from "commander";
import type { Session } from "../session.ts";

export type Flags = Readonly<Record<string, unknown>>;

/** Adds one command to the program; `run` opens a session for its action. */
export type AddCommand = (program: Command, run: Runner) => void;

export type Action = (session: Session, args: readonly string[], flags: Flags) => Promise<void>;

/** Makes commander's action of ours. */
export type Runner = (action: Action) => (...args: unknown[]) => Promise<void>;

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
  return value === undefined ? undefined : Number(value);
}
