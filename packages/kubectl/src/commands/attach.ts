import { CommandError } from "../command-error.ts";
import { flag, isSet, type Flags } from "../flags.ts";
import { at, listAt, textAt, type AnyObject } from "../json.ts";
import { chooseContainer } from "../resource/containers.ts";
import { findPod } from "../resource/pods-of.ts";
import type { Session } from "../session.ts";
import { runRemoteCommand } from "../stream/remote-command.ts";
import type { AddCommand } from "./command.ts";
import { terminalFor } from "./exec.ts";

export const addAttach: AddCommand = (program, run) => {
  program
    .command("attach")
    .description("Attach to a running container")
    .argument("[target...]", "POD, TYPE/NAME or TYPE NAME")
    .option("-c, --container <name>", "the container")
    .option("-i, --stdin", "pass stdin to the container")
    .option("-t, --tty", "stdin is a TTY")
    .option("-q, --quiet", "only print what the container says")
    .option("--pod-running-timeout <duration>", "how long to wait for a pod that runs", "1m0s")
    .action(run(attach));
};

async function attach(session: Session, words: readonly string[], flags: Flags): Promise<void> {
  if (words.length === 0) throw new CommandError("at least 1 argument is required for attach");
  if (words.length > 2)
    throw new CommandError(
      `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${words.length}: [${words.join(" ")}]`,
    );
  const pod = await findPod(session, words.join("/"), flag(flags, "podRunningTimeout"));
  const phase = textAt(pod, "status", "phase");
  if (phase === "Succeeded" || phase === "Failed")
    throw new CommandError(`cannot attach a container in a completed pod; current phase is ${phase}`);
  await attachTo(session, pod, flags);
}

/** Joins a container that runs. Upstream: kubectl/pkg/cmd/attach/attach.go#AttachOptions.Run */
export async function attachTo(session: Session, pod: AnyObject, flags: Flags): Promise<void> {
  const quiet = isSet(flags, "quiet");
  const name = await chooseContainer(session, pod, { asked: flag(flags, "container"), quiet });
  const container = listAt(pod, "spec", "containers").find((each) => textAt(each, "name") === name);
  const hasTty = at(container, "tty") === true;
  if (isSet(flags, "tty") && !hasTty && !quiet)
    await session.warn(`error: Unable to use a TTY - container ${name} did not allocate one\n`);
  const terminal = await terminalFor(session, flags, hasTty);
  if (!quiet)
    await session.warn(
      "All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n",
    );
  const { namespace = session.namespace } = pod.metadata;
  await runRemoteCommand(session, {
    pod: { namespace, name: pod.metadata.name },
    subresource: "attach",
    container: name,
    stdin: isSet(flags, "stdin"),
    io: session.io,
    ...(terminal ? { terminal, firstSize: { width: terminal.size.width + 1, height: terminal.size.height + 1 } } : {}),
  });
  if (terminal && !quiet)
    await session.print(
      `Session ended, resume using 'kubectl attach ${pod.metadata.name} -c ${name} -n ${namespace} -i -t' command\n`,
    );
}
