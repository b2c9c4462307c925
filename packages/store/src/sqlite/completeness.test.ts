import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, type FoundDatabase } from "./completeness.ts";
import type { FoundMark } from "./mark-file.ts";

const store = "0a".repeat(16);
const empty: FoundDatabase = { isEmpty: true, revision: 1 };
const at = (revision: number): FoundDatabase => ({ isEmpty: false, store, revision });
const unmarked: FoundDatabase = { isEmpty: false, revision: 7 };

const WHOLE: readonly (readonly [what: string, FoundDatabase, FoundMark, kind: string])[] = [
  ["nothing at all", empty, "absent", "unmarked"],
  ["a start that ended after the mark was made", empty, { store, revision: 1 }, "known"],
  ["what an older version wrote", unmarked, "absent", "unmarked"],
  ["an update that ended after the mark was made", unmarked, { store, revision: 7 }, "known"],
  ["as much as was acknowledged", at(7), { store, revision: 7 }, "known"],
  ["a write that was not acknowledged any more", at(8), { store, revision: 7 }, "known"],
];

for (const [what, database, mark, kind] of WHOLE)
  test(`${what} is opened`, () => assert.equal(judge(database, mark).kind, kind));

const LESS: readonly (readonly [what: string, FoundDatabase, FoundMark, says: RegExp])[] = [
  ["one write less", at(6), { store, revision: 7 }, /ends at revision 6, although writes up to 7/],
  ["no database", empty, { store, revision: 2 }, /missing or empty, although writes up to revision 2/],
  ["no mark", at(7), "absent", /record of what was acknowledged is missing/],
  ["a damaged mark", at(7), "unreadable", /record of what was acknowledged is damaged/],
  ["a damaged mark and no database", empty, "unreadable", /record of what was acknowledged is damaged/],
  ["another cluster's mark", at(7), { store: "0b".repeat(16), revision: 1 }, /belongs to another cluster/],
  ["an older version's database, older than the mark", unmarked, { store, revision: 8 }, /ends at revision 7/],
];

for (const [what, database, mark, says] of LESS)
  test(`${what} is refused`, () => {
    const found = judge(database, mark);
    assert.ok(found.kind === "loss");
    assert.match(found.what, says);
  });
