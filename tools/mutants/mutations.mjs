// Small changes of a program that a test should notice: conditions, bounds, returns and calls.
import { blank } from "../laws/source-text.mjs";

/** @typedef {{ readonly start: number, readonly end: number, readonly text: string, readonly what: string }} Mutation */

/** Operators stand between blanks here, which the formatter sees to; so type arguments are none. */
const OPERATORS = {
  " === ": " !== ",
  " !== ": " === ",
  " < ": " <= ",
  " <= ": " < ",
  " > ": " >= ",
  " >= ": " > ",
  " && ": " || ",
  " || ": " && ",
  " + 1": " - 1",
  " - 1": " + 1",
};
const OPERATOR = / (?:===|!==|<=|>=|<|>|&&|\|\|) | [+-] 1\b/g;
/** A condition, and what it becomes; its end is where its parentheses close. */
const CONDITION = /\b(if|while) \(/g;
const NEGATION = /(?<=[(\s=>?:,])!(?=[\w$(#[.])(?!==)/g;
const BOOLEAN = /(?<=(?:return|=|\?|:|\() )\b(true|false)\b(?=[;,)\s])/g;
/** A statement that is a call and nothing else: what it does is not done. */
const CALL = /^[ \t]+(?:await |void )?(?:this\.)?[#\w$]+(?:[?]?\.[#\w$]+)*\([^\n]*\);$/gm;
/**
 * What no test holds: the words of a log are for people, and an invariant is broken by a bug of ours alone; that such a
 * call is dropped changes nothing for anybody else. What they are given is code as any other.
 */
const UNHELD_CALL = /^(?:[\w#.?]*\blogger\??\.(?:debug|info|warn|error)|invariant)\(/;
/** A return of a value other than a plain name, and of no JSX. */
const RETURN = /^[ \t]+return (?!;)([^\n]+);$/gm;

/**
 * All mutations of a TypeScript source, in the order in which they stand there.
 * @param {string} source
 * @returns {Mutation[]}
 */
export function mutationsOf(source) {
  const code = blank(source, { strings: true });
  const found = [
    ...operators(code),
    ...conditions(code),
    ...negations(code),
    ...booleans(code),
    ...calls(code),
    ...returns(code),
  ];
  return found.filter(({ start }) => !isInType(code, start)).sort((a, b) => a.start - b.start || a.end - b.end);
}

/** @param {string} source @param {Mutation} mutation */
export function mutate(source, { start, end, text }) {
  return source.slice(0, start) + text + source.slice(end);
}

function* matches(code, pattern) {
  for (const match of code.matchAll(pattern)) yield [match, match.index];
}

function* operators(code) {
  for (const [match, start] of matches(code, OPERATOR)) {
    const text = OPERATORS[match[0]];
    if (text) yield { start, end: start + match[0].length, text, what: `${match[0].trim()} → ${text.trim()}` };
  }
}

function* conditions(code) {
  for (const [match, index] of matches(code, CONDITION)) {
    const start = index + match[0].length;
    const end = closing(code, start);
    if (end < 0) continue;
    if (match[1] === "if") yield { start, end, text: "true", what: "if → true" };
    yield { start, end, text: "false", what: `${match[1]} → false` };
  }
}

function* negations(code) {
  for (const [, start] of matches(code, NEGATION)) yield { start, end: start + 1, text: "", what: "! dropped" };
}

function* booleans(code) {
  for (const [match, start] of matches(code, BOOLEAN)) {
    // Whoever listens for an abort hears it once anyway.
    if (code.slice(start - 8, start) === "{ once: ") continue;
    const text = match[1] === "true" ? "false" : "true";
    yield { start, end: start + match[1].length, text, what: `${match[1]} → ${text}` };
  }
}

function* calls(code) {
  for (const [match, index] of matches(code, CALL)) {
    const start = index + match[0].search(/\S/);
    const call = match[0].trim();
    if (/^(?:super|throw|return)\b/.test(call) || UNHELD_CALL.test(call)) continue;
    yield { start, end: index + match[0].length, text: ";", what: "call dropped" };
  }
}

function* returns(code) {
  for (const [match, index] of matches(code, RETURN)) {
    const start = index + match[0].indexOf("return ") + "return ".length;
    const end = index + match[0].length - 1;
    if (/^(?:true|false|undefined|void 0|DONE)$/.test(match[1])) continue;
    if (isBalanced(match[1])) yield { start, end, text: "undefined", what: "return → undefined" };
  }
}

function isBalanced(text) {
  let depth = 0;
  for (const char of text) {
    if ("([{".includes(char)) depth++;
    if (")]}".includes(char) && --depth < 0) return false;
  }
  return depth === 0;
}

/** Where the parenthesis closes that was opened before `from`; -1 when it does not. */
function closing(code, from) {
  let depth = 1;
  for (let at = from; at < code.length; at++) {
    if (code[at] === "(") depth++;
    if (code[at] === ")" && --depth === 0) return at;
  }
  return -1;
}

/** Types are gone when the program runs. */
function isInType(code, at) {
  const line = code.slice(code.lastIndexOf("\n", at - 1) + 1, at);
  return /^\s*(?:export )?(?:declare |type |interface |import )/.test(line) || /^\s*readonly \w+\??: /.test(line);
}
