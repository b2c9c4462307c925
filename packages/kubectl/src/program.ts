import { Command, CommanderError } from "commander";
import { exitCodeOf, errorText } from "./command-error.ts";
import type { AddCommand, Runner } from "./commands/command.ts";
import type { ConnectionFlags } from "./config/connection.ts";
import { write, type Io } from "./io.ts";
import { Session } from "./session.ts";

/** Runs one command line (without the program's name) to its end and answers with the exit code; it never throws. */
export async function runProgram(argv: readonly string[], io: Io, commands: readonly AddCommand[]): Promise<number> {
  const state: { session?: Session } = {};
  const program = newProgram(io);
  for (const add of commands) add(program, runner(io, state));
  program
    .command("options", { hidden: true })
    .description("Print the flags that all commands take")
    .action(() => program.outputHelp());
  everyCommand(program, (command) =>
    command.exitOverride().configureOutput(program.configureOutput()).showHelpAfterError(false),
  );
  try {
    await program.parseAsync(normalize(argv, program), { from: "user" });
    return 0;
  } catch (error) {
    return await report(error, io, state.session);
  } finally {
    await state.session?.[Symbol.asyncDispose]();
  }
}

function newProgram(io: Io): Command {
  return new Command("kubectl")
    .description("kubectl controls the Kubernetes cluster manager.")
    .exitOverride()
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
    .option("--certificate-authority <path>", "a certificate file for the certificate authority")
    .option("--client-certificate <path>", "a client certificate file for TLS")
    .option("--client-key <path>", "a client key file for TLS")
    .option("--insecure-skip-tls-verify", "do not check the server's certificate")
    .option("--request-timeout <duration>", "how long to wait for one request")
    .option("-v, --v <level>", "log level; accepted for compatibility");
}

function runner(io: Io, state: { session?: Session }): Runner {
  return (action) =>
    async (...parameters) => {
      const command = parameters.at(-1) as Command;
      const flags = command.optsWithGlobals<Record<string, unknown> & ConnectionFlags>();
      const session = new Session(io, flags);
      state.session = session;
      await action(session, command.args, flags);
    };
}

async function report(error: unknown, io: Io, session: Session | undefined): Promise<number> {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0 || error.code === "commander.help") return error.exitCode;
    await write(io.stderr, `${error.message}\nSee 'kubectl --help' for usage.\n`);
    return error.exitCode;
  }
  if (isBrokenPipe(error)) return 0;
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

/** What Go's flag parser takes and commander does not: "-o=json", "--watch=true", "--wait=false". */
function normalize(argv: readonly string[], program: Command): string[] {
  const booleans = new Set<string>();
  everyCommand(program, (command) =>
    command.options
      .filter((option) => option.isBoolean() || option.negate)
      .forEach((option) => option.long && booleans.add(option.long)),
  );
  const end = argv.indexOf("--");
  const own = end < 0 ? argv : argv.slice(0, end);
  return [...own.flatMap((arg) => goFlag(arg, booleans)), ...(end < 0 ? [] : argv.slice(end))];
}

function goFlag(arg: string, booleans: ReadonlySet<string>): string[] {
  const short = /^(-[a-zA-Z])=(.*)$/s.exec(arg);
  if (short) return [short[1]!, short[2]!];
  const [, name = "", value = ""] = /^(--[a-z-]+)=(true|false)$/.exec(arg) ?? [];
  if (name === "") return [arg];
  const opposite = name.startsWith("--no-") ? `--${name.slice(5)}` : `--no-${name.slice(2)}`;
  if (!booleans.has(name))
    return booleans.has(opposite) && opposite.startsWith("--no-") ? (value === "true" ? [] : [opposite]) : [arg];
  return value === "true" ? [name] : booleans.has(opposite) ? [opposite] : [];
}

function everyCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const inner of command.commands) everyCommand(inner, visit);
}
