/** What a simulated process does, one step after another; after the last it exits with 0. */
export type Step =
  | { readonly type: "print"; readonly text: string; readonly stream: "stdout" | "stderr" }
  | { readonly type: "sleep"; readonly ms: number }
  | { readonly type: "exit"; readonly code: number }
  /** A server, as far as anyone can tell: runs until stopped. */
  | { readonly type: "forever" };

export function isShell(command: string): boolean {
  return SHELLS.has(command);
}

type Environment = Readonly<Record<string, string>>;

const SHELLS = new Set(["sh", "/bin/sh", "bash", "/bin/bash", "ash", "/bin/ash"]);

/** Understands `sleep`, `echo`, `true`, `false`, `exit` and `sh -c` over them; anything else runs for ever. */
export function programOf(argv: readonly string[], environment: Environment): readonly Step[] {
  return shellSteps(argv, environment) ?? stepsOf(argv) ?? [{ type: "forever" }];
}

/** The same for an execution, which must come to an end: what is not understood succeeds and prints nothing. */
export function executionOf(argv: readonly string[], environment: Environment): readonly Step[] {
  const printed = printedBy(argv, environment);
  if (printed !== undefined) return [{ type: "print", text: printed, stream: "stdout" }];
  const steps = programOf(argv, environment);
  return steps.filter((step) => step.type !== "forever");
}

/** Undefined without `-c`. An unknown statement in the middle runs for ever, as a server started by a script does. */
function shellSteps(argv: readonly string[], environment: Environment): readonly Step[] | undefined {
  const [shell, flags, script] = argv;
  if (!shell || !isShell(shell) || !flags?.startsWith("-") || !flags.endsWith("c") || script === undefined)
    return undefined;
  const steps: Step[] = [];
  for (const statement of script.split(/;|&&|\n/)) {
    const words = wordsOf(expand(statement.trim(), environment));
    if (words.length === 0) continue;
    const next = stepsOf(words) ?? [{ type: "forever" }];
    steps.push(...next);
    if (next.some((step) => step.type === "exit" || step.type === "forever")) break;
  }
  return steps;
}

function stepsOf(argv: readonly string[]): readonly Step[] | undefined {
  const [command = "", ...args] = argv;
  return Object.hasOwn(COMMANDS, baseName(command)) ? COMMANDS[baseName(command)]?.(args) : undefined;
}

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => readonly Step[] | undefined>> = {
  sleep: ([duration = ""]) => sleepSteps(duration),
  exec: (args) => stepsOf(args),
  echo: (args) => echoSteps(args),
  exit: ([code = "0"]) => [{ type: "exit", code: Number.parseInt(code, 10) & 0xff }],
  true: () => [],
  ":": () => [],
  set: () => [],
  false: () => [{ type: "exit", code: 1 }],
};

function sleepSteps(duration: string): readonly Step[] {
  if (duration === "infinity" || duration === "inf") return [{ type: "forever" }];
  const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(duration);
  if (!match) return [print(`sleep: invalid number '${duration}'`, "stderr"), { type: "exit", code: 1 }];
  const unitSeconds = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 }[match[2] as "" | "s" | "m" | "h" | "d"];
  return [{ type: "sleep", ms: Number(match[1]) * unitSeconds * 1000 }];
}

function echoSteps(args: readonly string[]): readonly Step[] {
  const toStderr = args.some((word) => word === ">&2" || word === "1>&2");
  const words = args.filter((word) => word !== ">&2" && word !== "1>&2");
  // Output that goes into a file is seen by nobody.
  if (words.some((word) => word.startsWith(">"))) return [];
  return [print(words.join(" "), toStderr ? "stderr" : "stdout")];
}

function printedBy(argv: readonly string[], environment: Environment): string | undefined {
  const [command = "", argument] = argv;
  if (command === "hostname" || (command === "cat" && argument === "/etc/hostname"))
    return `${environment["HOSTNAME"] ?? ""}\n`;
  if (command !== "env" && command !== "printenv") return undefined;
  if (argument !== undefined) return `${environment[argument] ?? ""}\n`;
  return Object.entries(environment)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

function print(line: string, stream: "stdout" | "stderr"): Step {
  return { type: "print", text: `${line}\n`, stream };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** `$NAME` and `${NAME}`, unset ones as nothing. */
function expand(text: string, environment: Environment): string {
  return text.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (_, braced?: string, bare?: string) => environment[braced ?? bare ?? ""] ?? "",
  );
}

/** Splits at blanks outside quotes, and drops the quotes. */
function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replace(/["']/g, ""));
}
