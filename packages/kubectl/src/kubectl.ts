import type { AddCommand } from "./commands/command.ts";
import { addApply } from "./commands/apply.ts";
import { addConfig } from "./commands/config.ts";
import { addCreate } from "./commands/create.ts";
import { addDelete } from "./commands/delete.ts";
import { addDescribe } from "./commands/describe.ts";
import { addExpose } from "./commands/expose.ts";
import { addGet } from "./commands/get.ts";
import { addLogs } from "./commands/logs.ts";
import { addAnnotate, addLabel } from "./commands/metadata.ts";
import { addRollout } from "./commands/rollout.ts";
import { addRun } from "./commands/run.ts";
import { addServer } from "./commands/server.ts";
import { addScale } from "./commands/scale.ts";
import { addAttach } from "./commands/attach.ts";
import { addExec } from "./commands/exec.ts";
import { addPortForward } from "./commands/port-forward.ts";
import { addExplain } from "./commands/explain.ts";
import { addWait } from "./commands/wait.ts";
import { addPatch } from "./commands/patch.ts";
import { addSet } from "./commands/set.ts";
import { addTop } from "./commands/top.ts";
import { addAuth } from "./commands/auth.ts";
import type { Io } from "./io.ts";
import { runProgram } from "./program.ts";
import type { SessionOptions } from "./session.ts";

const COMMANDS: readonly AddCommand[] = [
  addGet,
  addApply,
  addCreate,
  addDelete,
  addLogs,
  addScale,
  addRollout,
  addLabel,
  addAnnotate,
  addDescribe,
  addExpose,
  addRun,
  addServer,
  addConfig,
  addAuth,
  addSet,
  addTop,
  addPatch,
  addWait,
  addExplain,
  addPortForward,
  addExec,
  addAttach,
];

/** Runs kubectl: `argv` without the program's name. Answers with the exit code; everything it says goes to the streams. */
export async function kubectl(argv: readonly string[], io: Io, options: SessionOptions = {}): Promise<number> {
  return await runProgram(argv, { io, commands: COMMANDS, ...options });
}
