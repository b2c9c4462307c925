import { SelectorError } from "./selector-error.ts";

interface FieldRequirement {
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** Chooses objects by fields that their kind offers. Upstream: apimachinery/pkg/fields/selector.go */
export class FieldSelector {
  /** All have to hold; in the order of their text. */
  readonly requirements: readonly FieldRequirement[];

  constructor(requirements: readonly FieldRequirement[]) {
    this.requirements = requirements;
  }

  get empty(): boolean {
    return this.requirements.length === 0;
  }

  /** `get` answers with the value of a field, empty where there is none. */
  matches(get: (field: string) => string): boolean {
    for (const { field, operator, value } of this.requirements)
      if ((get(field) === value) !== (operator === "=")) return false;
    return true;
  }

  /** The value that a field has to have exactly, if there is such a requirement. */
  requiresExactMatch(field: string): string | undefined {
    return this.requirements.find((requirement) => requirement.field === field && requirement.operator === "=")?.value;
  }

  toString(): string {
    return this.requirements.map(({ field, operator, value }) => `${field}${operator}${escapeValue(value)}`).join(",");
  }
}

/** Reads `metadata.name=a,status.phase!=Running`. @throws {SelectorError} */
export function parseFieldSelector(text: string): FieldSelector {
  const terms = splitTerms(text).sort();
  return new FieldSelector(
    terms
      .filter((term) => term !== "")
      .map((term) => parseTerm(term, text))
      .filter(({ field, value }) => field !== "" || value !== ""),
  );
}

/** At commas that no backslash stands before. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === ",") {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...terms, text.slice(start)];
}

function parseTerm(term: string, whole: string): FieldRequirement {
  const [, field, operator, value] = /^(.*?)(!=|==|=)(.*)$/s.exec(term) ?? [];
  if (field === undefined || value === undefined)
    throw new SelectorError(`invalid selector: '${whole}'; can't understand '${term}'`);
  return { field, operator: operator === "!=" ? "!=" : "=", value: unescapeValue(value) };
}

function unescapeValue(text: string): string {
  return text.replace(/\\(.?)|[,=]/gsu, (found, escaped: string | undefined) => {
    if (escaped === undefined)
      throw new SelectorError(`invalid field selector: unescaped character in value: ${found.codePointAt(0)}`);
    if (escaped !== "\\" && escaped !== "," && escaped !== "=")
      throw new SelectorError(`invalid field selector: invalid escape sequence: ${found}`);
    return escaped;
  });
}

function escapeValue(text: string): string {
  return text.replaceAll(/[\\,=]/g, "\\$&");
}
