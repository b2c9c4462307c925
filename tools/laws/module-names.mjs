import { blank, lineAt } from "./source-text.mjs";

const DECLARED =
  /^export\s+(?:declare\s+)?(?:default\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|const|let|class|interface|type|enum)\s+([\w$]+)/gm;
const LIST = /^export\s+(?:type\s+)?\{([^}]*)\}(?:\s*from\s*(["'] +["']))?/dgm;
const STAR = /^export\s+(?:type\s+)?\*\s*from\s*(["'] +["'])/dgm;
const NAMED = /\bimport\s+(?:type\s+)?(?:[\w$]+\s*,\s*)?\{([^}]*)\}\s*from\s*(["'] +["'])/dg;
const WHOLE = /\bimport\s+(?:type\s+)?\*\s*as\s+[\w$]+\s+from\s*(["'] +["'])/dg;
const DYNAMIC = /\bimport\s*\(\s*(["'] +["'])/dg;
const WORKER = /\bnew\s+URL\s*\(\s*(["'] +["'])\s*,\s*import\.meta\.url/dg;

/**
 * What a module exports.
 * @param {string} source
 * @returns {{ own: Map<string, number>, passed: Map<string, { specifier: string, name: string }>, stars: string[] }}
 * `own`: the line of each name that is declared there; `passed`: names of other modules; `stars`: modules passed on whole.
 */
export function exportsOf(source) {
  const code = blank(source, { strings: true });
  const own = new Map([...code.matchAll(DECLARED)].map((match) => [match[1], lineAt(code, match.index)]));
  const passed = new Map();
  for (const match of code.matchAll(LIST)) {
    const specifier = match[2] && stringAt(source, match.indices[2]);
    for (const { name, as } of namesIn(match[1])) {
      if (specifier) passed.set(as, { specifier, name });
      else own.set(as, lineAt(code, match.index));
    }
  }
  return { own, passed, stars: [...code.matchAll(STAR)].map((match) => stringAt(source, match.indices[1])) };
}

/**
 * What a module takes from others; `names` is absent where it takes all, or what cannot be seen. What it only passes on,
 * it does not use.
 * @param {string} source
 * @returns {{ specifier: string, names?: string[] }[]}
 */
export function importedNames(source) {
  const code = blank(source, { strings: true });
  const named = [...code.matchAll(NAMED)].map((match) => ({
    specifier: stringAt(source, match.indices[2]),
    names: namesIn(match[1]).map(({ name }) => name),
  }));
  const whole = [WHOLE, DYNAMIC, WORKER].flatMap((pattern) =>
    [...code.matchAll(pattern)].map((match) => ({ specifier: stringAt(source, match.indices[1]) })),
  );
  return [...named, ...whole];
}

function namesIn(list) {
  return list
    .split(",")
    .map((part) => part.trim().replace(/^type\s+/, ""))
    .filter(Boolean)
    .map((part) => {
      const [name, as = name] = part.split(/\s+as\s+/);
      return { name, as };
    });
}

function stringAt(source, [from, to]) {
  return source.slice(from + 1, to - 1);
}
