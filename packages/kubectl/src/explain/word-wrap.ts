/** Breaks lines between words; a word that is too long stays whole. Upstream: kubectl/pkg/util/term/term_writer.go */
export function wrapWords(text: string, width: number): string {
  const lines = text.split("\n").flatMap((line) => {
    const words = line.split(/\s+/).filter((word) => word !== "");
    const wrapped: string[] = [];
    let current = "";
    for (const word of words) {
      if (current !== "" && current.length + 1 + word.length > width) {
        wrapped.push(current);
        current = word;
      } else current = current === "" ? word : `${current} ${word}`;
    }
    return current === "" && wrapped.length > 0 ? wrapped : [...wrapped, current];
  });
  return lines.join("\n");
}

/** Each line behind so many spaces, the empty ones too. */
export function indentLines(text: string, columns: number): string {
  const pad = " ".repeat(columns);
  return pad + text.replaceAll("\n", `\n${pad}`);
}
