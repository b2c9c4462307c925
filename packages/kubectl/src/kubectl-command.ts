import { Command } from "commander";
import { UsageError } from "./command-error.ts";

/** Levenshtein's distance up to which a name counts as a slip of the keyboard. */
const MAX_DISTANCE = 2;

/** Commander's command with upstream's words for what is wrong with a command line. Upstream: spf13/cobra, spf13/pflag */
export class KubectlCommand extends Command {
  override createCommand(name?: string): KubectlCommand {
    return new KubectlCommand(name);
  }

  /** The words that lead to this command: "kubectl rollout status". */
  get path(): string {
    return this.parent instanceof KubectlCommand ? `${this.parent.path} ${this.name()}` : this.name();
  }

  unknownOption(given: string): never {
    const long = given.startsWith("--");
    throw new UsageError(
      long
        ? `unknown flag: ${given.split("=")[0]}`
        : `unknown shorthand flag: ${quotedRune(given[1] ?? "")} in ${given}`,
      `See '${this.path} --help' for usage.`,
    );
  }

  optionMissingArgument(option: { long?: string; short?: string }): never {
    const given = this.#lastWord();
    const isShort = given !== undefined && option.short !== undefined && !given.startsWith("--");
    throw new UsageError(
      isShort
        ? `flag needs an argument: ${quotedRune(option.short!.slice(1))} in ${given}`
        : `flag needs an argument: ${option.long}`,
      `See '${this.path} --help' for usage.`,
    );
  }

  unknownCommand(): never {
    const [given = ""] = this.args;
    if (this.parent) throw new UsageError(`unknown command ${JSON.stringify(given)}`, this.seeHelp());
    const near = this.commands.map((command) => command.name()).filter((name) => isNear(given, name));
    const suggestion =
      near.length === 0
        ? `See 'kubectl --help' for usage.`
        : `\nDid you mean this?\n${near.map((name) => `\t${name}\n`).join("")}`;
    throw new UsageError(`unknown command ${JSON.stringify(given)} for "kubectl"`, suggestion.trimEnd());
  }

  seeHelp(): string {
    return `See '${this.path} -h' for help and examples`;
  }

  #lastWord(): string | undefined {
    let root: Command = this;
    while (root.parent) root = root.parent;
    return (root as unknown as { rawArgs?: string[] }).rawArgs?.at(-1);
  }
}

function quotedRune(rune: string): string {
  return `'${rune}'`;
}

function isNear(given: string, name: string): boolean {
  return name.startsWith(given.toLowerCase()) || distance(given.toLowerCase(), name) <= MAX_DISTANCE;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
