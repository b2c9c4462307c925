import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle } from "@dingi/base";
import type { Host, LogFile } from "../host/host.ts";
import { streamLog, type LogOptions } from "./log-stream.ts";

const PATH = "/var/log/pods/p/main/0.log";
const ALL: LogOptions = {
  follow: false,
  timestamps: false,
  tailLines: undefined,
  limitBytes: undefined,
  sinceMs: undefined,
  stream: "All",
};

/** A log file that grows and is rotated when the test says so. */
class GrowingLog {
  content: Buffer;
  identity = 1;
  onChange = () => {};
  /** After the first read. */
  onRead = () => {};

  constructor(text: string | Buffer) {
    this.content = Buffer.from(text);
  }

  get host(): Host {
    const open = (): LogFile => {
      const opened = { content: () => this.content, identity: this.identity };
      const frozen = () => (opened.identity === this.identity ? this.content : this.former);
      return {
        identity: String(opened.identity),
        read: (buffer, position) => {
          const part = frozen().subarray(position, position + buffer.length);
          buffer.set(part);
          this.onRead();
          this.onRead = () => {};
          return Promise.resolve(part.length);
        },
        size: () => Promise.resolve(frozen().length),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    };
    return {
      openLog: () => Promise.resolve(open()),
      watchFile: (_path: string, onChange: () => void) => {
        this.onChange = onChange;
        return { [Symbol.dispose]: () => {} };
      },
    } as unknown as Host;
  }

  former: Buffer = Buffer.alloc(0);

  append(bytes: string | Buffer): void {
    this.content = Buffer.concat([this.content, Buffer.from(bytes)]);
    this.onChange();
  }

  rotate(): void {
    [this.former, this.content] = [this.content, Buffer.alloc(0)];
    this.identity++;
    this.onChange();
  }
}

const line = (text: string, stream = "stdout", tag = "F", second = 0) =>
  `2026-01-01T00:00:0${second}.000000000Z ${stream} ${tag} ${text}\n`;

async function read(log: GrowingLog, options: Partial<LogOptions> = {}): Promise<string> {
  const chunks: Uint8Array[] = [];
  const input = { host: log.host, clock: new FakeClock(), path: PATH, isRunning: () => false };
  for await (const chunk of streamLog({
    ...input,
    options: { ...ALL, ...options },
    signal: new AbortController().signal,
  }))
    chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test("what is written while a log is read is not part of it", async () => {
  for (const [tailLines, expected] of [
    [1, "two\n"],
    [undefined, "one\ntwo\n"],
  ] as const) {
    const log = new GrowingLog(line("one") + line("two"));
    log.onRead = () => log.append(line("later"));
    assert.equal(await read(log, { tailLines }), expected);
  }
});

/** A file that somebody put in a log's place: zeros without an end; `read` is told how many were read. */
function zeros(size: number, onRead: (bytes: number) => void): Host {
  let total = 0;
  const file: LogFile = {
    identity: "1",
    read: (buffer) => {
      buffer.fill(0);
      onRead((total += buffer.length));
      return Promise.resolve(buffer.length);
    },
    size: () => Promise.resolve(size),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { openLog: () => Promise.resolve(file) } as unknown as Host;
}

test("a line without an end is not gathered in memory, and what comes after it is shown", async () => {
  const log = new GrowingLog(line("before") + line("x".repeat(3 * 1024 ** 2)) + line("after"));
  assert.equal(await read(log), "before\nafter\n");
});

for (const tailLines of [undefined, 10])
  test(`a log is not read on when nobody wants it any more, ${tailLines ?? "all"} of its lines`, async () => {
    const gone = new AbortController();
    let total = 0;
    const host = zeros(1024 ** 3, (bytes) => {
      total = bytes;
      if (bytes >= 256 * 1024) gone.abort(new Error("gone"));
    });
    const log = { host, clock: new FakeClock(), path: PATH, isRunning: () => false };
    for await (const chunk of streamLog({ ...log, options: { ...ALL, tailLines }, signal: gone.signal }))
      assert.equal(chunk.length, 0);
    assert.ok(total < 1024 ** 2, `${total}`);
  });

function follow(log: GrowingLog) {
  const state = { text: "", running: true };
  const done = (async () => {
    const input = { host: log.host, clock: new FakeClock(), path: PATH, isRunning: () => state.running };
    const bytes: Uint8Array[] = [];
    for await (const chunk of streamLog({
      ...input,
      options: { ...ALL, follow: true },
      signal: new AbortController().signal,
    })) {
      bytes.push(chunk);
      state.text = Buffer.concat(bytes).toString();
    }
  })();
  return { state, done };
}

const LONG = line("ä".repeat(40_000)) + line("€".repeat(30_000));

for (const [what, text, options, expected] of [
  ["whole", line("one") + line("two"), {}, "one\ntwo\n"],
  ["one stream", line("out") + line("err", "stderr"), { stream: "Stderr" }, "err\n"],
  ["pieces of a long line", line("be", "stdout", "P") + line("gin"), {}, "begin\n"],
  ["an empty line", line("") + line("x"), {}, "\nx\n"],
  ["with times", line("one"), { timestamps: true }, "2026-01-01T00:00:00.000000000Z one\n"],
  ["the last lines", line("1") + line("2") + line("3"), { tailLines: 2 }, "2\n3\n"],
  ["no line", line("1"), { tailLines: 0 }, ""],
  [
    "since a time",
    line("old") + line("new", "stdout", "F", 5),
    { sinceMs: Date.parse("2026-01-01T00:00:05Z") },
    "new\n",
  ],
  ["so many bytes", line("abc") + line("def"), { limitBytes: 5 }, "abc\nd"],
  ["an unfinished last line", line("one") + line("two").slice(0, -1), {}, "one\ntwo"],
  ["what is no line of a log", "garbage\n" + line("one"), {}, "one\n"],
  ["lines longer than a chunk", LONG, {}, `${"ä".repeat(40_000)}\n${"€".repeat(30_000)}\n`],
] as const) {
  test(`a log is read: ${what}`, async () => {
    assert.equal(await read(new GrowingLog(text), options), expected);
  });
}

test("a character that arrives in two halves is one", async () => {
  const whole = Buffer.from(line("grün"));
  const cut = whole.indexOf(Buffer.from("ü")) + 1;
  const log = new GrowingLog(whole.subarray(0, cut));
  const { state, done } = follow(log);
  await settle();
  assert.equal(state.text, "");
  log.append(whole.subarray(cut));
  await settle();
  assert.equal(state.text, "grün\n");
  state.running = false;
  log.append("");
  await done;
});

test("who follows sees what comes before and after a rotation, and the end of a container ends it", async () => {
  const log = new GrowingLog(line("one"));
  const { state, done } = follow(log);
  await settle();
  log.append(line("two"));
  await settle();
  log.rotate();
  log.append(line("three"));
  await settle();
  assert.equal(state.text, "one\ntwo\nthree\n");
  state.running = false;
  log.append(line("four"));
  await done;
  assert.equal(state.text, "one\ntwo\nthree\nfour\n");
});
