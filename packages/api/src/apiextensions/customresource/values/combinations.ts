import type { Schema } from "../../customresourcedefinition/subschemas.ts";
import { Findings, general } from "./findings.ts";

/** What a schema finds in the value. */
type Check = (schema: Schema) => Findings;

/** What is said of a value by other schemas for it. Upstream: kube-openapi/pkg/validation/validate/schema_props.go */
export function combinationFindings(schema: Schema, name: string, check: Check): Findings {
  const findings = new Findings();
  const { anyOf = [], oneOf = [], allOf = [], not } = schema;
  const named = JSON.stringify(name);
  if (anyOf.length > 0) findAny(findings, anyOf.map(check), named);
  if (oneOf.length > 0) findOne(findings, oneOf.map(check), named);
  if (allOf.length > 0) findAll(findings, allOf.map(check), named);
  if (not && check(not).isValid) findings.add(general(`${named} must not validate the schema (not)`));
  findings.matches++;
  return findings;
}

function findAny(findings: Findings, results: readonly Findings[], named: string): void {
  const first = results.find(({ isValid }) => isValid);
  if (first) return findings.merge(first);
  findings.add(general(`${named} must validate at least one schema (anyOf)`));
  findings.merge(nearest(results));
}

function findOne(findings: Findings, results: readonly Findings[], named: string): void {
  const valid = results.filter(({ isValid }) => isValid);
  if (valid.length === 1) return findings.merge(valid[0]!);
  const found = valid.length === 0 ? "Found none valid" : `Found ${valid.length} valid alternatives`;
  findings.add(general(`${named} must validate one and only one schema (oneOf). ${found}`));
  if (valid.length === 0) findings.merge(nearest(results));
}

function findAll(findings: Findings, results: readonly Findings[], named: string): void {
  const valid = results.filter(({ isValid }) => isValid);
  for (const result of results) findings.merge(result);
  if (valid.length === results.length) return;
  findings.add(
    general(`${named} must validate all the schemas (allOf)${valid.length === 0 ? ". None validated" : ""}`),
  );
}

/** That which comes nearest to being right: the most was checked before something was wrong. */
function nearest(results: readonly Findings[]): Findings {
  return results.reduce((best, result) => (result.matches > best.matches ? result : best));
}
