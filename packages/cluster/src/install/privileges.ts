import { quoted } from "../machine/command.ts";

/** Ends the command with exit code 1; its message is all the user needs to read. */
export class PrivilegeError extends Error {
  override name = "PrivilegeError";
  readonly exitCode = 1;
}

interface Invocation {
  /** As the user typed it: ["./dingi", "up", "--name", "a b"]. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
}

/** What sudo would drop although it decides what the command does. */
const KEPT_VARIABLES = ["DINGI_HOME", "DINGI_LOG", "KUBECONFIG"];
const PLAIN_WORD = /^[\w./:=@%+,-]+$/;

export function requireRoot(invocation: Invocation): void {
  if (invocation.uid === 0) return;
  const { argv } = invocation;
  throw new PrivilegeError(
    [
      "Containers need root. Run the same as root:",
      "",
      `  ${sudoLine(invocation)}`,
      "",
      "or go on without containers, with simulated nodes:",
      "",
      `  ${commandLine([...withoutRuntime(argv), "--runtime", "simulated"])}`,
    ].join("\n"),
  );
}

function sudoLine({ argv, env }: Omit<Invocation, "uid">): string {
  const kept = KEPT_VARIABLES.flatMap((name) => (env[name] ? [`${name}=${env[name]}`] : []));
  return commandLine(["sudo", ...kept, ...argv]);
}

function withoutRuntime(argv: readonly string[]): readonly string[] {
  return argv.filter((word, index) => !/^--runtime(=|$)/.test(word) && argv[index - 1] !== "--runtime");
}

function commandLine(words: readonly string[]): string {
  return words.map((word) => (PLAIN_WORD.test(word) ? word : quoted(word))).join(" ");
}
