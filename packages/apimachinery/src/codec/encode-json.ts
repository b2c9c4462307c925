/** Newer than TypeScript's declarations. */
const rawJson = JSON as JSON & { rawJSON(text: string): unknown };
const TO_ESCAPE = /[<>&\u2028\u2029]/;
const ALL_TO_ESCAPE = /[<>&\u2028\u2029]/g;
const ESCAPED: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/**
 * JSON as Go's encoder writes it: bigints as numbers, `<`, `>`, `&` and the two line separators escaped. Undefined
 * fields are left out. Without a final line break.
 */
export function encodeJson(value: unknown): string {
  const text = stringify(value);
  return TO_ESCAPE.test(text) ? text.replace(ALL_TO_ESCAPE, (char) => ESCAPED[char]!) : text;
}

/** Bigints are rare, and asking for them costs more than the rest: so only once there was one. */
function stringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "null";
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return (
      JSON.stringify(value, (_key, item: unknown) =>
        typeof item === "bigint" ? rawJson.rawJSON(String(item)) : item,
      ) ?? "null"
    );
  }
}
