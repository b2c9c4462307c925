import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { silentLogger, systemClock, systemRandom } from "@dingi/base";
import { StoreUnavailableError, type StoreUnavailableReason } from "../errors.ts";
import { CompactedError } from "../store.ts";
import { acceptSqliteLoss } from "./accept-loss.ts";
import { createMark } from "./mark-file.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const directory = mkdtempSync(join(tmpdir(), "dingi-lost-"));
after(() => rmSync(directory, { recursive: true }));

const openAt = (path: string) => openSqliteStore({ path, logger: silentLogger, clock: systemClock });
const unavailable = (reason: StoreUnavailableReason, says: RegExp) => (error: unknown) =>
  error instanceof StoreUnavailableError && error.reason === reason && says.test(error.message);

/** Of a writer that was killed: a database with a log beside it, and an older copy of the database. */
let acknowledged = 0;
const CRASHED = join(directory, "crashed");
const OLDER = join(directory, "older");

before(async () => {
  {
    await using store = await openAt(join(OLDER, "state.db"));
    for (let i = 0; i < 40; i++) await store.commit(`/old/${i}`, { expected: 0, value: Buffer.alloc(3000, i) });
  }
  cpSync(OLDER, CRASHED, { recursive: true });
  const script = join(import.meta.dirname, "crash-writer.ts");
  const child = spawn(process.execPath, [script, join(CRASHED, "state.db")], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Math.max(acknowledged, (JSON.parse(line) as { revision: number }).revision);
    if (acknowledged > 1000) child.kill("SIGKILL");
  }
  await gone;
  assert.ok(existsSync(join(CRASHED, "state.db-wal")));
});

/** A copy of what was left by the crash; `harm` gets the paths. */
function harmed(name: string, harm: (files: { database: string; log: string; mark: string }) => void): string {
  const folder = join(directory, name);
  cpSync(CRASHED, folder, { recursive: true });
  const database = join(folder, "state.db");
  harm({ database, log: `${database}-wal`, mark: `${database}.mark` });
  return database;
}

function flip(path: string, share: number): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length * share);
  bytes.fill(0xa5, at, at + 64);
  writeFileSync(path, bytes);
}

const PAGE_BYTES = 4096;
/** Of SQLite's file format: a leaf of an index, as which keys are kept. */
const INDEX_LEAF = 0x0a;

function spoilKeys(path: string): void {
  const bytes = readFileSync(path);
  let spoilt = 0;
  for (let at = PAGE_BYTES; at < bytes.length; at += PAGE_BYTES) {
    if (bytes[at] !== INDEX_LEAF || bytes.readUInt16BE(at + 3) === 0) continue;
    bytes.fill(0xff, at + 3, at + 5);
    spoilt++;
  }
  assert.ok(spoilt > 0);
  writeFileSync(path, bytes);
}

const cut = (path: string) => truncateSync(path, Math.floor(statSync(path).size / 2));

test("what a crash left is whole", async () => {
  await using store = await openAt(harmed("whole", () => {}));
  assert.ok((await store.readRevision()) >= acknowledged);
});

const INCOMPLETE = /has lost writes: .*Put back the files that were there, or accept the loss/;
const HARMS: readonly (readonly [what: string, harm: Parameters<typeof harmed>[1], reason: StoreUnavailableReason])[] =
  [
    ["a log that is missing", ({ log }) => rmSync(log), "Incomplete"],
    ["a log that was cut", ({ log }) => cut(log), "Incomplete"],
    ["a log that is damaged", ({ log }) => flip(log, 0.5), "Incomplete"],
    [
      "a database that is missing with its log",
      ({ database, log }) => [database, log].forEach((path) => rmSync(path)),
      "Incomplete",
    ],
    ["a database that is missing", ({ database }) => rmSync(database), "Incomplete"],
    [
      "an older database",
      ({ database, log }) => {
        rmSync(log);
        cpSync(join(OLDER, "state.db"), database);
      },
      "Incomplete",
    ],
    [
      "a log that alone is left",
      ({ database, mark }) => [database, mark].forEach((path) => rmSync(path)),
      "Incomplete",
    ],
    ["a mark of another store", ({ mark }) => createMark(mark, { store: "0".repeat(32), revision: 1 }), "Incomplete"],
    ["a mark that is missing", ({ mark }) => rmSync(mark), "Incomplete"],
    ["a mark that was cut", ({ mark }) => truncateSync(mark, 100), "Incomplete"],
  ];

for (const [what, harm, reason] of HARMS)
  test(`${what}: refused, left as it is, and gone on with when that is accepted`, async () => {
    const path = harmed(what, harm);
    const log = existsSync(`${path}-wal`) ? readFileSync(`${path}-wal`) : undefined;
    await assert.rejects(openAt(path), unavailable(reason, INCOMPLETE));
    await assert.rejects(openAt(path), unavailable(reason, INCOMPLETE), "also the next time");
    if (log) assert.deepEqual(readFileSync(`${path}-wal`), log, "the log is as it was");
    const accepted = acceptSqliteLoss({ path, random: systemRandom });
    assert.ok(accepted);
    await using store = await openAt(path);
    assert.ok((await store.readRevision()) > acknowledged, "no revision comes again with another meaning");
    await assert.rejects(store.range("/", { revision: acknowledged }), CompactedError);
    const before = (await store.range("/")).entries.length;
    const written = await store.commit("/after", { expected: 0, value: Buffer.from("x") });
    assert.ok("revision" in written);
    assert.equal((await store.range("/")).entries.length, before + 1);
    await store.compact(await store.readRevision());
  });

const DAMAGES: readonly (readonly [what: string, harm: (database: string) => void])[] = [
  ["a database that was cut", cut],
  ["a database whose first page is damaged", (database) => flip(database, 0)],
  ["a database in which a page that a start does not need is damaged", spoilKeys],
  [
    "a database that has lost its identity",
    (path) => {
      const database = new DatabaseSync(path);
      database.exec("DELETE FROM identity");
      database.close();
    },
  ],
  ["a database that is none any more", (database) => writeFileSync(database, "This is no database. ".repeat(300))],
];

for (const [what, harm] of DAMAGES)
  test(`${what}: refused, and put aside when the loss is accepted`, async () => {
    const path = join(directory, what, "state.db");
    cpSync(OLDER, join(directory, what), { recursive: true });
    harm(path);
    await assert.rejects(openAt(path), unavailable("Damaged", /is damaged; put back a copy/));
    const accepted = acceptSqliteLoss({ path, random: systemRandom });
    assert.ok(accepted && accepted.movedTo.length > 0);
    for (const moved of accepted.movedTo) assert.ok(existsSync(moved));
    await using store = await openAt(path);
    assert.ok("revision" in (await store.commit("/after", { expected: 0, value: Buffer.from("x") })));
  });

test("a value that changed on the disk is not handed out", async () => {
  const path = join(directory, "changed", "state.db");
  {
    await using store = await openAt(path);
    await store.commit("/changed", { expected: 0, value: Buffer.from("as it was written") });
    await store.commit("/changed", { expected: "any", value: Buffer.from("as it was written, too") });
  }
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf("as it was"); at >= 0; at = bytes.indexOf("as it was")) bytes.write("AS IT WAS", at);
  writeFileSync(path, bytes);
  await using store = await openAt(path);
  const refused = unavailable("Damaged", /is damaged; put back a copy/);
  await assert.rejects(store.get("/changed"), refused);
  await assert.rejects(store.range("/"), refused);
  await assert.rejects(store.range("/", { revision: 2 }), refused);
  await assert.rejects(store.commit("/changed", { expected: "any", value: Buffer.from("x") }), refused);
  await assert.rejects(async () => {
    for await (const _events of store.watch({ prefix: "/", after: 1, signal: systemClock.deadline(10_000) }));
  }, refused);
});

test("a write that fails for good ends the store for whoever watches; what is sound can be read until then", async () => {
  const path = join(directory, "fails for good", "state.db");
  {
    await using store = await openAt(path);
    await store.commit("/changed", { expected: 0, value: Buffer.from("as it was written") });
    await store.commit("/sound", { expected: 0, value: Buffer.from("x") });
  }
  const bytes = readFileSync(path);
  bytes.write("AS IT WAS", bytes.indexOf("as it was"));
  writeFileSync(path, bytes);
  await using store = await openAt(path);
  const refused = unavailable("Damaged", /is damaged; put back a copy/);
  const after = await store.readRevision();
  const watched = (async () => {
    for await (const _events of store.watch({ prefix: "/", after, signal: systemClock.deadline(10_000) }));
  })();
  const ended = assert.rejects(watched, refused);
  await assert.rejects(store.commit("/changed", { expected: "any", value: Buffer.from("y") }), refused);
  await ended;
  assert.equal(Buffer.from((await store.get("/sound"))!.value).toString(), "x");
});

test("where nothing is lost there is nothing to accept", () => {
  const path = harmed("nothing lost", () => {});
  assert.equal(acceptSqliteLoss({ path, random: systemRandom }), undefined);
});

test("a store that is open is not touched", async () => {
  const path = harmed("open", () => {});
  await using _store = await openAt(path);
  assert.throws(() => acceptSqliteLoss({ path, random: systemRandom }), unavailable("InUse", /in use/));
});

test("a database of a version without a mark gets one, and from then on it counts", async () => {
  const path = harmed("unmarked", ({ database, mark }) => {
    rmSync(mark);
    using before = new DatabaseSync(database);
    before.exec("DROP TABLE identity; ALTER TABLE history DROP COLUMN checksum; PRAGMA user_version = 1");
  });
  {
    await using store = await openAt(path);
    assert.ok((await store.readRevision()) >= acknowledged);
  }
  rmSync(path);
  await assert.rejects(openAt(path), unavailable("Incomplete", INCOMPLETE));
});
