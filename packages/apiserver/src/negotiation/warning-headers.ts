/** Of all warnings of an answer together, and of each where that is too much. */
const MAX_ALL = 4 * 1024;
const MAX_ONE = 256;
/** A character more than all may have, each of two units. */
const MAX_UNITS = 2 * (MAX_ALL + 1);

/** Each text once; where all are too long together, each is cut, and what comes later is left out. Upstream: apiserver/pkg/endpoints/filters/warning.go */
export function warningHeaders(warnings: readonly string[]): string[] {
  const texts = [...new Set(warnings)].filter((text) => text !== "").map((text) => [...start(text)]);
  const fits = texts.reduce((sum, { length }) => sum + length, 0) <= MAX_ALL;
  return (fits ? texts : cut(texts)).map((text) => header(text.join("")));
}

/** No more of a text than could be told. */
const start = (text: string): string => (text.length > MAX_UNITS ? text.slice(0, MAX_UNITS) : text);

function cut(texts: readonly string[][]): string[][] {
  let written = 0;
  return texts.flatMap((text) => {
    if (written >= MAX_ALL) return [];
    written += Math.min(text.length, MAX_ONE);
    return [text.slice(0, MAX_ONE)];
  });
}

/** RFC 7234 §5.5 */
function header(text: string): string {
  return `299 - "${text.replace(/[\\"]/g, "\\$&").replace(/[\r\n]+/g, " ")}"`;
}
