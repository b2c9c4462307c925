const RESERVED = new Set([
  "true",
  "false",
  "null",
  "in",
  "as",
  "break",
  "const",
  "continue",
  "else",
  "for",
  "function",
  "if",
  "import",
  "let",
  "loop",
  "package",
  "namespace",
  "return",
  "var",
  "void",
  "while",
]);
const ESCAPES: Readonly<Record<string, string>> = {
  __: "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__",
};

/**
 * How an expression spells the name of a field; undefined if it cannot.
 * Upstream: k8s.io/apiserver/pkg/cel/escaping.go#Escape
 */
export function escapeField(name: string): string | undefined {
  if (RESERVED.has(name)) return `__${name}__`;
  if (!/^[a-zA-Z_./-][a-zA-Z0-9_./-]*$/.test(name)) return undefined;
  return name.replaceAll(/__|[./-]/g, (part) => ESCAPES[part]!);
}

const UNESCAPES: Readonly<Record<string, string>> = { underscores: "__", dot: ".", dash: "-", slash: "/" };

/**
 * The name of a field as an expression spells it; undefined for what no name is spelled as.
 * Upstream: k8s.io/apiserver/pkg/cel/escaping.go#Unescape
 */
export function unescapeField(escaped: string): string | undefined {
  if (!escaped.includes("__")) return escaped;
  let isName = true;
  const name = escaped.replaceAll(/__([^_]+)__/g, (part, content: string) => {
    if (Object.hasOwn(UNESCAPES, content)) return UNESCAPES[content]!;
    // A reserved word stands alone.
    isName &&= RESERVED.has(content) && part === escaped;
    return content;
  });
  return isName ? name : undefined;
}
