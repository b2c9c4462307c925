/** One line of a CRI log file: `<RFC 3339> stdout|stderr F|P <text>`. */
export interface LogLine {
  readonly time: string;
  readonly stream: "stdout" | "stderr";
  /** A piece of a longer line: the next piece follows without a line break. */
  readonly partial: boolean;
  readonly text: string;
}

export function parseLogLine(line: string): LogLine | undefined {
  const match = /^(\S+) (stdout|stderr) (\S+) ?([\s\S]*)$/.exec(line);
  if (!match) return undefined;
  const [, time = "", stream, tags = "", text = ""] = match;
  return { time, stream: stream as "stdout" | "stderr", partial: tags.split(":")[0] === "P", text };
}

/** The text of a log file's end, whose first line may be cut off. */
export function logText(raw: string): string {
  let text = "";
  for (const line of raw.split("\n")) {
    const parsed = parseLogLine(line);
    if (parsed) text += parsed.partial ? parsed.text : `${parsed.text}\n`;
  }
  return text;
}
