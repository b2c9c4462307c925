import type { Writable } from "node:stream";
import { CommanderError } from "commander";
import { exitCodeOf, errorText } from "./command-error.ts";
import type { AddCommand, Runner } from "./commands/command.ts";
import { goArguments } from "./go-arguments.ts";
import { DASHED, collect, type Flags } from "./flags.ts";
import { write, type Io } from "./io.ts";
import { KubectlCommand } from "./kubectl-command.ts";
import { Session, type GlobalFlags, type SessionOptions } from "./session.ts";

/** As a shell shows the end by SIGPIPE, which is how upstream's ends. */
const BROKEN_PIPE = 141;

/** Runs one command line (without the program's name) to its end and answers with the exit code; it never throws. */
export async function runProgram(
  argv: readonly string[],
  { io, commands, ...options }: SessionOptions & { io: Io; commands: readonly AddCommand[] },
): Promise<number> {
  const state: { session?: Session } = {};
  const program = newProgram(io);
  const end = argv.indexOf("--");
  const run: Runner =
    (action) =>
    async (...parameters) => {
      const command = parameters.at(-1) as KubectlCommand;
      const given = command.optsWithGlobals<Flags & GlobalFlags>();
      const flags = end < 0 ? given : { ...given, [DASHED]: argv.slice(end + 1) };
      const session = new Session(io, flags, { ...options, command: command.path });
      state.session = session;
      await action(session, command.args, flags);
    };
  for (const add of commands) add(program, run);
  const pipe = watchPipe(io);
  program
    .command("options", { hidden: true })
    .description("Print the flags that all commands take")
    .action(() => program.outputHelp());
  prepare(program);
  const work = async () => {
    try {
      await program.parseAsync(goArguments(argv, program), { from: "user" });
      await settled(io.stdout);
      return 0;
    } catch (error) {
      return isBrokenPipe(error) ? BROKEN_PIPE : await report(error, io, state.session);
    }
  };
  try {
    return await Promise.race([work(), pipe.broken]);
  } finally {
    pipe[Symbol.dispose]();
    await state.session?.[Symbol.asyncDispose]();
  }
}

/** Waits until what was written without waiting is out, or has failed. */
async function settled(stream: Writable): Promise<void> {
  await new Promise<void>((done) => stream.write("", () => done()));
}

/**
 * Told when the reader of our output has gone ("| head"). Whatever still writes then fails in silence; without somebody
 * who listens to a stream's errors, the first would end the process with a stack trace.
 */
function watchPipe({ stdout, stderr }: Io): Disposable & { readonly broken: Promise<number> } {
  const { promise: broken, resolve, reject } = Promise.withResolvers<number>();
  broken.catch(() => {});
  const onError = (error: Error) => (isBrokenPipe(error) ? resolve(BROKEN_PIPE) : reject(error));
  const streams = [stdout, stderr];
  for (const stream of streams) stream.on("error", onError);
  return {
    broken,
    [Symbol.dispose]: () => {
      // A write that is under way may still fail.
      for (const stream of streams) stream.on("error", () => {}).off("error", onError);
    },
  };
}

function newProgram(io: Io): KubectlCommand {
  const program = new KubectlCommand("kubectl");
  program
    .description("kubectl controls the Kubernetes cluster manager.")
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: () => {},
    })
    .option("--kubeconfig <path>", "the kubeconfig file to use")
    .option("--context <name>", "the kubeconfig context to use")
    .option("--cluster <name>", "the kubeconfig cluster to use")
    .option("--user <name>", "the kubeconfig user to use")
    .option("-n, --namespace <namespace>", "the namespace scope of this request")
    .option("-s, --server <url>", "the address and port of the API server")
    .option("--token <token>", "bearer token for the API server")
    .option("--as <user>", "the user to impersonate")
    .option("--as-group <group>", "a group to impersonate", collect)
    .option("--as-uid <uid>", "the UID to impersonate")
    .option("--as-user-extra <key=value>", "extra data of the user to impersonate", collect)
    .option("--certificate-authority <path>", "a certificate file for the certificate authority")
    .option("--client-certificate <path>", "a client certificate file for TLS")
    .option("--client-key <path>", "a client key file for TLS")
    .option("--tls-server-name <name>", "the name to check the server's certificate against")
    .option("--insecure-skip-tls-verify", "do not check the server's certificate")
    .option("--request-timeout <duration>", "how long to wait for one request; 0 for as long as it takes", "0")
    .option("-v, --v <level>", "log level; 6 shows requests, 8 their content");
  return program;
}

function prepare(command: KubectlCommand): void {
  command.exitOverride().showHelpAfterError(false).allowExcessArguments(true);
  for (const inner of command.commands) {
    inner.configureOutput(command.configureOutput());
    prepare(inner as KubectlCommand);
  }
}

async function report(error: unknown, io: Io, session: Session | undefined): Promise<number> {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0 || error.code === "commander.help") return error.exitCode;
    await write(io.stderr, `${error.message}\nSee 'kubectl --help' for usage.\n`);
    return error.exitCode;
  }
  await write(io.stderr, errorText(error, serverOf(session)));
  return exitCodeOf(error);
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}

function serverOf(session: Session | undefined): string {
  try {
    return session?.connection.server ?? "";
  } catch {
    return "";
  }
}
