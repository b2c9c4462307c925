import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { FakeClock, silentLogger, systemClock } from "@dingi/base";
import { StoreUnavailableError } from "../errors.ts";
import type { StoreUnavailableReason } from "../errors.ts";
import { CompactedError } from "../store.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const directory = mkdtempSync(join(tmpdir(), "dingi-store-"));
after(() => rmSync(directory, { recursive: true }));

const openAt = (path: string, clock = new FakeClock(), maxBytes?: number) =>
  openSqliteStore({ path, logger: silentLogger, clock, ...(maxBytes !== undefined && { maxBytes }) });
const value = (length: number) => new Uint8Array(length).fill(1);
const unavailable = (reason: StoreUnavailableReason, says: RegExp) => (error: unknown) =>
  error instanceof StoreUnavailableError && error.reason === reason && says.test(error.message);

test("what was written, its revisions, leases and compaction outlive the process's end", async () => {
  const path = join(directory, "restart", "store.db");
  const clock = new FakeClock();
  {
    await using store = await openAt(path, clock);
    await store.commit("/a", { expected: 0, value: value(1) });
    await store.commit("/lease", { expected: 0, value: value(2), ttlMs: 1000 });
    await store.commit("/b", { expected: 0, value: value(3) });
    await store.commit("/b", { expected: "any" });
    await store.compact(5);
  }
  await using store = await openAt(path, clock);
  assert.equal(await store.readRevision(), 5);
  await assert.rejects(store.range("/", { revision: 4 }), CompactedError);
  assert.deepEqual(
    (await store.range("/")).entries.map((entry) => entry.key),
    ["/a", "/lease"],
  );
  const result = await store.commit("/b", { expected: 0, value: value(3) });
  assert.equal("revision" in result && result.revision, 6);
  assert.equal(await store.expire(clock.now() + 999), 0);
  assert.equal(await store.expire(clock.now() + 1000), 1);
});

test("nobody else may read the files", async () => {
  const path = join(directory, "private", "store.db");
  await using store = await openAt(path);
  await store.commit("/a", { expected: 0, value: value(1) });
  const modes = [join(directory, "private"), path, `${path}-wal`].map((file) => statSync(file).mode & 0o777);
  assert.deepEqual(modes, [0o700, 0o600, 0o600]);
});

test("compaction gives space back to later writes", async () => {
  await using store = await openAt(join(directory, "space.db"), new FakeClock(), 4_000_000);
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 100; i++) await store.commit("/a", { expected: "any", value: value(20_000) });
    await store.compact(await store.readRevision());
  }
  const endless = async () => {
    for (let i = 0; i < 300; i++) await store.commit("/a", { expected: "any", value: value(20_000) });
  };
  await assert.rejects(endless(), unavailable("DiskFull", /No space/));
});

test("kill -9 loses nothing that was acknowledged and the revision never falls", { timeout: 60_000 }, async () => {
  const path = join(directory, "crash.db");
  const newest = new Map<string, { i: number; revision: number }>();
  let acknowledged = 0;
  for (let round = 1; round <= 3; round++) {
    const script = join(import.meta.dirname, "crash-writer.ts");
    const child = spawn(process.execPath, [script, path], { stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface({ input: child.stdout })) {
      const { key, i, revision } = JSON.parse(line) as { key: string; i: number; revision: number };
      newest.set(key, { i, revision });
      acknowledged = Math.max(acknowledged, revision);
      if (newest.size >= 100 && acknowledged > 800 * round) child.kill("SIGKILL");
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    await using store = await openAt(path);
    assert.ok((await store.readRevision()) >= acknowledged);
    for (const [key, { i, revision }] of newest) {
      const entry = await store.get(key);
      assert.ok(entry && entry.revision >= revision, `"${key}" fell behind revision ${revision}`);
      const held = Number(new TextDecoder().decode(entry.value).split(" ")[0]);
      // What was committed but not yet acknowledged may be there too.
      if (entry.revision === revision) assert.equal(held, i);
    }
  }
});

test("a full disk fails writes only, says what to do, and is over when there is space again", async () => {
  const path = join(directory, "full.db");
  const clock = new FakeClock();
  {
    await using store = await openAt(path, clock, 400_000);
    await store.commit("/small", { expected: 0, value: value(1) });
    let written = 0;
    const filling = async () => {
      for (; ; written++) await store.commit(`/filler/${written}`, { expected: 0, value: value(20_000) });
    };
    await assert.rejects(filling(), unavailable("DiskFull", /free space on its file system/));
    assert.ok(written > 10);
    assert.equal((await store.get("/small"))?.value.byteLength, 1);
    assert.equal((await store.range("/filler/")).entries.length, written);
    const revision = await store.readRevision();
    await assert.rejects(
      store.commit("/more", { expected: 0, value: value(200_000) }),
      unavailable("DiskFull", /No space/),
    );
    assert.equal(await store.readRevision(), revision);
    for (let i = 0; i < 5; i++) await store.commit(`/filler/${i}`, { expected: "any" });
    await store.compact(await store.readRevision());
    assert.ok("revision" in (await store.commit("/again", { expected: 0, value: value(20_000) })));
  }
  await using store = await openAt(path, clock, 800_000);
  const result = await store.commit("/more", { expected: 0, value: value(20_000) });
  assert.ok("revision" in result);
});

test("a store that another process has open is refused", { timeout: 30_000 }, async () => {
  const path = join(directory, "locked.db");
  const script = join(import.meta.dirname, "crash-writer.ts");
  const child = spawn(process.execPath, [script, path], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  try {
    await assert.rejects(openAt(path), unavailable("InUse", /in use by another process; stop/));
  } finally {
    child.stdout.resume();
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await using store = await openAt(path);
  assert.ok((await store.readRevision()) > 1);
});

test("a store that is open in this process already is refused too", async () => {
  const path = join(directory, "twice.db");
  await using store = await openAt(path);
  await assert.rejects(openAt(path), unavailable("InUse", /in use/));
  assert.equal(await store.readRevision(), 1);
});

test("of many that open a new store at once one gets it at most, and it is whole afterwards", async () => {
  for (let round = 0; round < 3; round++) {
    const path = join(directory, `first-${round}`, "store.db");
    const opened = await Promise.allSettled(Array.from({ length: 6 }, () => openAt(path)));
    const got = opened.filter((one) => one.status === "fulfilled");
    for (const { value: store } of got) await store[Symbol.asyncDispose]();
    for (const one of opened)
      assert.ok(one.status === "fulfilled" || unavailable("InUse", /in use/)(one.reason), JSON.stringify(one));
    // None, where each was in another's way.
    assert.ok(got.length <= 1);
    await using _again = await openAt(path);
    assert.deepEqual(
      readdirSync(dirname(path)).filter((name) => name.includes("mark")),
      ["store.db.mark"],
    );
  }
});

test("a directory that cannot be written is refused", async (t) => {
  const readOnly = join(directory, "read-only");
  mkdirSync(readOnly);
  chmodSync(readOnly, 0o500);
  writeFileSync(join(directory, "file"), "");
  await assert.rejects(openAt(join(directory, "file", "store.db")), unavailable("NotWritable", /check the owner/));
  await assert.rejects(openAt(directory), unavailable("NotWritable", /check the owner/));
  if (process.getuid?.() === 0) return t.diagnostic("root may write anywhere: modes were not tried");
  await assert.rejects(openAt(join(readOnly, "store.db")), unavailable("NotWritable", /check the owner/));
});

test("what is no database, and what a newer version wrote, is refused and left alone", async () => {
  const garbage = join(directory, "garbage.db");
  writeFileSync(garbage, "This is not a database. ".repeat(500));
  await assert.rejects(openAt(garbage), unavailable("Damaged", /put back a copy/));
  const newer = join(directory, "newer.db");
  const database = new DatabaseSync(newer);
  database.exec("PRAGMA user_version = 99");
  database.close();
  await assert.rejects(openAt(newer), unavailable("TooNew", /written by a newer version/));
});

test("the system's clock serves too", async () => {
  await using store = await openSqliteStore({
    path: join(directory, "clock.db"),
    logger: silentLogger,
    clock: systemClock,
  });
  await store.commit("/a", { expected: 0, value: value(1), ttlMs: 60_000 });
  assert.equal(await store.expire(systemClock.now() + 30_000), 0);
  assert.equal(await store.expire(systemClock.now() + 90_000), 1);
});
