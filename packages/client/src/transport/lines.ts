const NEWLINE = 0x0a;

/** The whole lines of a stream, as they arrive: all that are complete at a time in one array. */
export async function* splitLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  let rest: Uint8Array[] = [];
  for await (const chunk of body) {
    const last = chunk.lastIndexOf(NEWLINE);
    if (last < 0) {
      rest.push(chunk);
      continue;
    }
    const text = Buffer.concat([...rest, chunk.subarray(0, last)]).toString();
    rest = last + 1 < chunk.length ? [chunk.subarray(last + 1)] : [];
    yield text.split("\n").filter((line) => line !== "");
  }
}
