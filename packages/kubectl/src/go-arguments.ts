import type { Command, Option } from "commander";
import { UsageError } from "./command-error.ts";
import { parseGoBool } from "@dingi/apimachinery";
import type { KubectlCommand } from "./kubectl-command.ts";

/** What stands for a flag with an optional value that is given without one. Upstream: pflag's NoOptDefVal */
const BARE: Readonly<Record<string, string>> = {
  "--dry-run": "unchanged",
  "--validate": "strict",
  "--cascade": "background",
};

/**
 * A command line as Go's flag parser reads it, for commander: "-o=json", "--watch=true", "--wait=false", and flags with
 * an optional value, which take it only behind "=".
 */
export function goArguments(argv: readonly string[], program: KubectlCommand): string[] {
  const end = argv.indexOf("--");
  const own = end < 0 ? argv : argv.slice(0, end);
  const command = commandOf(own, program);
  const options = optionsOf(command);
  return [...own.flatMap((word) => translate(word, options, command)), ...(end < 0 ? [] : argv.slice(end))];
}

/** The command that the words lead to; flags and their values in between do not matter, since names differ. */
function commandOf(words: readonly string[], program: KubectlCommand): KubectlCommand {
  let here: KubectlCommand = program;
  for (const word of words) {
    const next = here.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (next) here = next as KubectlCommand;
  }
  return here;
}

function optionsOf(command: Command): readonly Option[] {
  return command.parent ? [...command.options, ...optionsOf(command.parent)] : command.options;
}

function translate(word: string, options: readonly Option[], command: KubectlCommand): string[] {
  const short = /^(-[a-zA-Z])=(.*)$/s.exec(word);
  if (short) return translateShort(short[1]!, short[2]!, { options, command });
  const long = /^(--[a-z-]+)=(.*)$/s.exec(word);
  if (long) return translateLong(long[1]!, long[2]!, { options, command });
  const bare = BARE[word];
  return bare !== undefined && options.some((option) => option.long === word && option.optional)
    ? [`${word}=${bare}`]
    : [word];
}

interface Known {
  readonly options: readonly Option[];
  readonly command: KubectlCommand;
}

function translateShort(name: string, value: string, known: Known): string[] {
  const option = known.options.find((each) => each.short === name);
  if (!option?.isBoolean()) return [name, value];
  return isTrue(value, option, known) ? [name] : [];
}

function translateLong(name: string, value: string, known: Known): string[] {
  const opposite = name.startsWith("--no-") ? `--${name.slice(5)}` : `--no-${name.slice(2)}`;
  const named = (long: string) => known.options.find((each) => each.long === long && (each.isBoolean() || each.negate));
  const option = named(name);
  if (!option) {
    const negated = named(opposite);
    if (!negated || !opposite.startsWith("--no-")) return [`${name}=${value}`];
    return isTrue(value, negated, known) ? [] : [opposite];
  }
  if (isTrue(value, option, known)) return [name];
  return named(opposite) ? [opposite] : [];
}

function isTrue(value: string, option: Option, { command }: Known): boolean {
  const parsed = parseGoBool(value);
  if (parsed !== undefined) return parsed;
  const flag = option.short ? `${option.short}, ${option.long}` : option.long;
  throw new UsageError(
    `invalid argument ${JSON.stringify(value)} for ${JSON.stringify(flag)} flag: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
    `See '${command.path} --help' for usage.`,
  );
}
