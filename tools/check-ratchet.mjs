// The house's own limits are broken in places. How often is written down, and may only fall:
// `node tools/check-ratchet.mjs`, and `--lower` when there are fewer.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isProgram, report, ROOT } from "./laws/law.mjs";

const FILE = "tools/laws/ratchet.json";

/** @typedef {Record<string, number>} Counts How often each rule is broken. */

/**
 * @param {Counts} counted
 * @param {Counts} allowed
 * @returns {import("./laws/law.mjs").Violation[]}
 */
export function checkRatchet(counted, allowed) {
  return Object.keys({ ...allowed, ...counted }).flatMap((rule) => {
    const [now, before] = [counted[rule] ?? 0, allowed[rule] ?? 0];
    if (now === before) return [];
    const message =
      now > before
        ? `"${rule}" is broken ${now} times, ${now - before} more than before; npx oxlint tells where: make it simpler`
        : `"${rule}" is broken only ${now} times now; write that down: node tools/check-ratchet.mjs --lower`;
    return [{ path: FILE, message }];
  });
}

/**
 * @param {string} root
 * @param {readonly string[]} rules Such as "max-depth".
 * @returns {Counts}
 */
export function countBroken(root, rules) {
  const oxlint = spawnSync(join(ROOT, "node_modules/.bin/oxlint"), ["-f", "json"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (oxlint.error) throw oxlint.error;
  const codes = JSON.parse(oxlint.stdout).diagnostics.map(({ code }) => code);
  return Object.fromEntries(rules.map((rule) => [rule, codes.filter((code) => code === `eslint(${rule})`).length]));
}

if (isProgram(import.meta.url)) {
  const allowed = JSON.parse(readFileSync(join(ROOT, FILE), "utf8"));
  const counted = countBroken(ROOT, Object.keys(allowed));
  const lower =
    process.argv.includes("--lower") && Object.keys(allowed).every((rule) => counted[rule] <= allowed[rule]);
  if (lower) writeFileSync(join(ROOT, FILE), `${JSON.stringify(counted, undefined, 2)}\n`);
  else report("check-ratchet", { violations: checkRatchet(counted, allowed) });
}
