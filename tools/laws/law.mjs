import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * @typedef {{ path: string, line?: number, message: string }} Violation
 */

/** The repository's root. */
export const ROOT = resolve(fileURLToPath(import.meta.url), "../../..");

/**
 * Prints what breaks a law, one line each, and sets the exit code.
 * @param {string} name
 * @param {{ violations: Violation[], notes?: string[] }} result
 */
export function report(name, { violations, notes = [] }) {
  for (const note of notes) console.log(note);
  for (const { path, line, message } of violations) console.error(`${path}${line ? `:${line}` : ""}: ${message}`);
  if (violations.length === 0) return;
  console.error(`${name}: ${violations.length} ${violations.length === 1 ? "violation" : "violations"}`);
  process.exitCode = 1;
}

/** Whether this module is the program that was started. */
export function isProgram(moduleUrl) {
  return process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(moduleUrl);
}
