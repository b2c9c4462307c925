import type { AddCommand } from "./commands/command.ts";
import { addApply } from "./commands/apply.ts";
import { addCreate } from "./commands/create.ts";
import { addDelete } from "./commands/delete.ts";
import { addGet } from "./commands/get.ts";
import type { Io } from "./io.ts";
import { runProgram } from "./program.ts";

const COMMANDS: readonly AddCommand[] = [addGet, addApply, addCreate, addDelete];

/** Runs kubectl: `argv` without the program's name. Answers with the exit code; everything it says goes to the streams. */
export async function kubectl(argv: readonly string[], io: Io): Promise<number> {
  return await runProgram(argv, io, COMMANDS);
}
