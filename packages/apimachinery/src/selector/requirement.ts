import { fieldErrorText, invalid, notSupported, path, type FieldError } from "../errors/field-error.ts";
import { isLabelValue, isQualifiedName } from "../validation/formats.ts";
import { SelectorError } from "./selector-error.ts";

/** Upstream: apimachinery/pkg/selection/operator.go */
export type Operator = "=" | "==" | "in" | "!=" | "notin" | "exists" | "!" | "gt" | "lt";

export const BINARY_OPERATORS: readonly Operator[] = ["in", "notin", "=", "==", "!=", "gt", "lt"];

export type Labels = Readonly<Record<string, string>>;

const INT64 = /^[+-]?\d{1,19}$/;
const SYMBOLS: Partial<Record<Operator, string>> = { in: " in ", notin: " notin ", gt: ">", lt: "<" };

/** One condition on labels. */
export class Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];

  constructor(key: string, operator: Operator, values: readonly string[]) {
    this.key = key;
    this.operator = operator;
    this.values = values;
  }

  matches(labels: Labels | undefined): boolean {
    const value = labels !== undefined && Object.hasOwn(labels, this.key) ? labels[this.key] : undefined;
    switch (this.operator) {
      case "=":
      case "==":
      case "in":
        return value !== undefined && this.values.includes(value);
      case "!=":
      case "notin":
        return value === undefined || !this.values.includes(value);
      case "exists":
        return value !== undefined;
      case "!":
        return value === undefined;
      default:
        return value !== undefined && this.#compares(value);
    }
  }

  #compares(text: string): boolean {
    const left = parseInt64(text);
    const right = parseInt64(this.values[0] ?? "");
    if (left === undefined || right === undefined) return false;
    return this.operator === "gt" ? left > right : left < right;
  }

  toString(): string {
    if (this.operator === "exists") return this.key;
    if (this.operator === "!") return `!${this.key}`;
    const values = this.values.toSorted().join(",");
    const isSet = this.operator === "in" || this.operator === "notin";
    return `${this.key}${SYMBOLS[this.operator] ?? this.operator}${isSet ? `(${values})` : values}`;
  }
}

/** @throws {SelectorError}. Upstream: apimachinery/pkg/labels/selector.go#NewRequirement */
export function newRequirement(key: string, operator: Operator, values: readonly string[]): Requirement {
  const errors = [...keyErrors(key), ...countErrors(operator, values), ...valueErrors(key, values)];
  if (errors.length > 0) throw new SelectorError(aggregate(errors));
  return new Requirement(key, operator, values);
}

function keyErrors(key: string): FieldError[] {
  const texts = isQualifiedName(key);
  return texts.length === 0 ? [] : [invalid(path("key"), key, texts.join("; "))];
}

function countErrors(operator: Operator, values: readonly string[]): FieldError[] {
  const wrong = (detail: string): FieldError[] => [
    invalid(path("values"), values.length === 0 ? null : values, detail),
  ];
  switch (operator) {
    case "in":
    case "notin":
      return values.length === 0 ? wrong("for 'in', 'notin' operators, values set can't be empty") : [];
    case "=":
    case "==":
    case "!=":
      return values.length === 1 ? [] : wrong("exact-match compatibility requires one single value");
    case "exists":
    case "!":
      return values.length === 0 ? [] : wrong("values set must be empty for exists and does not exist");
    case "gt":
    case "lt":
      return [
        ...(values.length === 1 ? [] : wrong("for 'Gt', 'Lt' operators, exactly one value is required")),
        ...integerErrors(values),
      ];
    default:
      return [notSupported(path("operator"), operator, [...BINARY_OPERATORS, "exists", "!"])];
  }
}

function integerErrors(values: readonly string[]): FieldError[] {
  return values.flatMap((value, i) =>
    parseInt64(value) === undefined
      ? [invalid(path("values").index(i), value, "for 'Gt', 'Lt' operators, the value must be an integer")]
      : [],
  );
}

function valueErrors(key: string, values: readonly string[]): FieldError[] {
  return values.flatMap((value, i) => {
    const texts = isLabelValue(value);
    return texts.length === 0 ? [] : [invalid(path("values").index(i).key(key), value, texts.join("; "))];
  });
}

function aggregate(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(fieldErrorText))];
  return texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
}

function parseInt64(text: string): bigint | undefined {
  if (!INT64.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ""));
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
