import type { Command } from "commander";
import type { Flags } from "../flags.ts";
import type { Session } from "../session.ts";

/** Adds one command to the program; `run` opens a session for its action. */
export type AddCommand = (program: Command, run: Runner) => void;

export type Action = (session: Session, args: readonly string[], flags: Flags) => Promise<void>;

/** Makes commander's action of ours. */
export type Runner = (action: Action) => (...args: unknown[]) => Promise<void>;
