import { CelError, compilePattern } from "@dingi/cel";
import type { Schema } from "../../customresourcedefinition/subschemas.ts";
import { finding, tooLongText, type Finding } from "./findings.ts";

/** The first that is wrong with a text. Upstream: kube-openapi/pkg/validation/validate/validator.go#stringValidator */
export function textFinding(schema: Schema, text: string, name: string): Finding[] {
  const { maxLength, minLength, pattern = "" } = schema;
  if (maxLength !== undefined && text.length > maxLength && lengthOf(text) > maxLength)
    return [tooLongText(name, maxLength)];
  if (minLength !== undefined && lengthOf(text) < minLength)
    return [finding(name, text, `should be at least ${minLength} chars long`)];
  return pattern === "" ? [] : patternFinding(pattern, text, name);
}

function patternFinding(pattern: string, text: string, name: string): Finding[] {
  const compiled = compilePattern(pattern);
  if (compiled instanceof CelError)
    return [finding(name, text, `should match '${pattern}, but pattern is invalid: ${compiled.message}'`)];
  return compiled.test(text) ? [] : [finding(name, text, `should match '${pattern}'`)];
}

/** In characters, of which some are two units. */
function lengthOf(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length - 1; i++) if (isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1))) length--;
  return length;
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;
