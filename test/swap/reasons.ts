import type { Direction } from "./matrix.ts";

type Reason = readonly [known: RegExp, why: string];

/** What failures that are known come of, by the test's name and its own words together. */
const REASONS: Readonly<Record<Direction, readonly Reason[]>> = {
  "theirs-in-ours": [
    [/no matches for kind "(?<kind>\w+)"/, "dingi has no $<kind>"],
    [/\brc\b|[Rr]eplication ?controller/, "dingi has no ReplicationController"],
  ],
  "ours-in-theirs": [
    [/unknown command "(?<what>[\w-]+)"/, 'our kubectl has no "$<what>"'],
    [/Proxy server.* EOF/, 'our kubectl has no "proxy"'],
    [/unknown flag: --template|go-template=/, "our kubectl has no Go templates"],
    [
      /describe.*failed to find/,
      "our kubectl describes a ReplicationController as it does kinds that it does not know",
    ],
  ],
};

/** In one line; the test's own words where nobody has looked into it. */
export function whyOf(name: string, reason: string, direction: Direction): string {
  const line = `${name} ${reason}`.replaceAll(/\s+/g, " ");
  for (const [known, why] of REASONS[direction]) {
    const match = known.exec(line);
    if (match) return why.replaceAll(/\$<(\w+)>/g, (_, group: string) => match.groups?.[group] ?? "");
  }
  return reason;
}
