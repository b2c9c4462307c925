import { CommandError, UsageError } from "../command-error.ts";
import { collect, dashed, flag, flagList, isSet, undashed, type Flags } from "../flags.ts";
import { textAt, type AnyObject } from "../json.ts";
import { chooseContainer } from "../resource/containers.ts";
import { findPod, podOf } from "../resource/pods-of.ts";
import { readManifests } from "../resource/manifests.ts";
import type { Session } from "../session.ts";
import { runRemoteCommand } from "../stream/remote-command.ts";
import { terminalOf, type Terminal } from "../stream/terminal.ts";
import { inNamespace } from "./apply.ts";
import type { AddCommand } from "./command.ts";

const WRONG = "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead";

export const addExec: AddCommand = (program, run) => {
  program
    .command("exec")
    .description("Execute a command in a container")
    .argument("[words...]", "(POD | TYPE/NAME) -- COMMAND [args...]")
    .option("-f, --filename <file>", "a file that names the pod", collect)
    .option("-c, --container <name>", "the container")
    .option("-i, --stdin", "pass stdin to the container")
    .option("-t, --tty", "stdin is a TTY")
    .option("-q, --quiet", "only print what the command says")
    .option("--pod-running-timeout <duration>", "how long to wait for a pod that runs", "1m0s")
    .action(run(exec));
};

async function exec(session: Session, words: readonly string[], flags: Flags): Promise<void> {
  const command = dashed(flags);
  const [target, ...more] = undashed(words, flags);
  const files = flagList(flags, "filename");
  if (command === undefined && (more.length > 0 || (target !== undefined && files.length > 0)))
    throw new UsageError(WRONG, "See 'kubectl exec -h' for help and examples");
  if (target === undefined && files.length === 0)
    throw new CommandError("pod, type/name or --filename must be specified");
  if (more.length > 0) throw new UsageError(WRONG, "See 'kubectl exec -h' for help and examples");
  if (!command?.length) throw new CommandError("you must specify at least one command for the container");
  const timeout = flag(flags, "podRunningTimeout");
  const pod =
    target === undefined
      ? await podOf(session, await objectOf(session, files), timeout)
      : await findPod(session, target, timeout);
  const phase = textAt(pod, "status", "phase");
  if (phase === "Succeeded" || phase === "Failed")
    throw new CommandError(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  const container = await chooseContainer(session, pod, {
    asked: flag(flags, "container"),
    quiet: isSet(flags, "quiet"),
  });
  const terminal = await terminalFor(session, flags);
  await runRemoteCommand(session, {
    pod: { namespace: pod.metadata.namespace ?? session.namespace, name: pod.metadata.name },
    subresource: "exec",
    container,
    command,
    stdin: isSet(flags, "stdin"),
    io: session.io,
    ...(terminal ? { terminal } : {}),
  });
}

/** As the file says, without a look at what there is. */
async function objectOf(session: Session, files: readonly string[]): Promise<AnyObject> {
  const [manifest, ...more] = await readManifests(files, { io: session.io, recursive: false });
  if (!manifest || more.length > 0) throw new CommandError("cannot exec into multiple objects at a time");
  const resource = (await session.discovery()).byKind(manifest.object.apiVersion, manifest.object.kind);
  return inNamespace(session, resource, manifest.object);
}

/** The user's terminal, when -i and -t ask for it and there is one. */
export async function terminalFor(
  session: Session,
  flags: Flags,
  isTty = isSet(flags, "tty"),
): Promise<Terminal | undefined> {
  if (!isTty || !isSet(flags, "stdin")) return undefined;
  const terminal = terminalOf(session.io);
  if (!terminal && !isSet(flags, "quiet"))
    await session.warn("Unable to use a TTY - input is not a terminal or the right kind of file\n");
  return terminal;
}
