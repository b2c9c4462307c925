import { isObject } from "@dingi/apimachinery";
import { additionalOf, itemsOf, type Schema } from "../../customresourcedefinition/subschemas.ts";
import type { Correlated } from "../correlated.ts";
import { choicesOf } from "./choices.ts";
import { combinationFindings } from "./combinations.ts";
import {
  finding,
  Findings,
  missing,
  notAmong,
  tooManyItems,
  tooManyProperties,
  wrongType,
  type Finding,
} from "./findings.ts";
import { knownFormat } from "./known-format.ts";
import { numberFindings } from "./number.ts";
import { textFinding } from "./text.ts";
import { typeFinding } from "./type.ts";
import { fitsFormat } from "./formats.ts";

/** A value in its place, with what it was before where that is known and may excuse it. */
interface Place {
  /** "spec.items[0]"; empty at the root. */
  readonly name: string;
  readonly before?: Correlated | undefined;
}

/**
 * What is wrong with a value by its schema. What was wrong before and has not changed is let pass.
 * Upstream: kube-openapi/pkg/validation/validate/schema.go, apiextensions-apiserver/pkg/apiserver/validation/ratcheting.go
 */
export function validateValue(schema: Schema, value: unknown, place: Place = { name: "" }): Findings {
  const findings = checkValue(schema, value, place);
  if (findings.isValid || !place.before?.isSame) return findings;
  const excused = new Findings();
  excused.matches = findings.matches;
  return excused;
}

function checkValue(schema: Schema, value: unknown, place: Place): Findings {
  const findings = new Findings();
  if (value === null || value === undefined) {
    findings.add(...typeFinding(schema, null, place.name));
    if (findings.isValid) findings.matches++;
    findings.add(...enumFinding(schema, null, place.name));
    return findings;
  }
  if (schema.type || knownFormat(schema) !== "" || schema["x-kubernetes-int-or-string"])
    tell(findings, typeFinding(schema, value, place.name), 1);
  merged(
    findings,
    combinationFindings(schema, place.name, (one) => checkValue(one, value, place)),
  );
  scalarFindings(schema, value, { findings, name: place.name });
  if (Array.isArray(value)) merged(findings, listFindings(schema, value, place));
  tell(findings, enumFinding(schema, value, place.name), 0);
  if (isObject(value)) merged(findings, objectFindings(schema, value, place));
  findings.matches++;
  return findings;
}

function merged(findings: Findings, other: Findings): void {
  findings.merge(other);
  findings.matches++;
}

/** `own`: how many checks were made when nothing was found. */
function tell(findings: Findings, found: readonly Finding[], own: number): void {
  findings.add(...found);
  findings.matches += found.length === 0 ? own + 1 : 1;
}

interface Told {
  readonly findings: Findings;
  readonly name: string;
}

function scalarFindings(schema: Schema, value: unknown, { findings, name }: Told): void {
  if (typeof value === "string") {
    tell(findings, textFinding(schema, value, name), 0);
    const format = knownFormat(schema);
    if (format !== "") tell(findings, fitsFormat(format, value) ? [] : [wrongType(name, format, value)], 0);
  }
  if (typeof value !== "number" && typeof value !== "bigint") return;
  findings.add(...numberFindings(schema, value, name));
  findings.matches += 2;
}

function enumFinding({ enum: choices }: Schema, value: unknown, name: string): readonly Finding[] {
  if (!choices || choices.length === 0) return [];
  // Null is never among them, whatever they are.
  return value !== null && choicesOf(choices).has(value) ? [] : [notAmong(name, value, choices)];
}

function listFindings(schema: Schema, list: readonly unknown[], { name, before }: Place): Findings {
  const findings = new Findings();
  const items = itemsOf(schema);
  for (let i = 0; items && i < list.length; i++)
    findings.merge(validateValue(items, list[i], { name: `${name}[${i}]`, before: before?.item(i) }));
  const { minItems, maxItems } = schema;
  if (minItems !== undefined && list.length < minItems)
    findings.add(finding(name, list.length, `should have at least ${minItems} items`));
  if (maxItems !== undefined && list.length > maxItems) findings.add(tooManyItems(name, list.length, maxItems));
  findings.matches++;
  return findings;
}

function objectFindings(schema: Schema, object: Readonly<Record<string, unknown>>, place: Place): Findings {
  const findings = new Findings();
  const { name } = place;
  const size = Object.keys(object).length;
  const { minProperties, maxProperties } = schema;
  if (minProperties !== undefined && size < minProperties)
    findings.add(finding(name, size, `should have at least ${minProperties} properties`));
  if (maxProperties !== undefined && size > maxProperties) findings.add(tooManyProperties(name, size, maxProperties));
  for (const field of fieldsOf(schema, object)) findings.merge(validateField(field, place));
  for (const wanted of schema.required ?? [])
    if (!Object.hasOwn(object, wanted)) findings.add(missing(`${name}.${wanted}`));
  return findings;
}

interface FieldOfSchema {
  readonly key: string;
  readonly value: unknown;
  readonly schema: Schema;
  readonly isDeclared: boolean;
}

/** Those that a schema says something about; others first. */
function* fieldsOf(schema: Schema, object: Readonly<Record<string, unknown>>): Iterable<FieldOfSchema> {
  const properties: Readonly<Record<string, Schema>> = schema.properties ?? {};
  const others = additionalOf(schema);
  if (others)
    for (const [key, value] of Object.entries(object))
      if (!Object.hasOwn(properties, key)) yield { key, value, schema: others, isDeclared: false };
  for (const [key, property] of Object.entries(properties))
    if (Object.hasOwn(object, key)) yield { key, value: object[key], schema: property, isDeclared: true };
}

function validateField({ key, value, schema, isDeclared }: FieldOfSchema, { name, before }: Place): Findings {
  const below = isDeclared && name === "" ? key : `${name}.${key}`;
  const isType = name === "" && (key === "kind" || key === "apiVersion");
  return validateValue(schema, value, { name: below, before: isType ? undefined : before?.field(key) });
}
