import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom, systemClock } from "@dingi/base";
import { WebSocket } from "ws";
import { StreamingServer } from "./streaming-server.ts";

async function withServer(body: (server: StreamingServer) => Promise<void>): Promise<void> {
  const server = new StreamingServer({ clock: systemClock, random: seededRandom(1) });
  try {
    await body(server);
  } finally {
    await server.close();
  }
}

const request = (cmd: readonly string[], more: { stdin?: boolean; tty?: boolean } = {}) => ({
  containerId: "c",
  cmd,
  stdin: false,
  stdout: true,
  stderr: true,
  tty: false,
  ...more,
});

/** Sends `input` on standard input and closes it; returns what came by channel. */
async function converse(url: string, input: readonly string[] = []): Promise<Record<number, string>> {
  const socket = new WebSocket(url.replace("http:", "ws:"), ["v5.channel.k8s.io", "v4.channel.k8s.io"]);
  const channels: Record<number, string> = {};
  socket.on("message", (data: Buffer) => (channels[data[0]!] = (channels[data[0]!] ?? "") + data.toString("utf8", 1)));
  socket.on("open", () => {
    for (const text of input) socket.send(Buffer.concat([Buffer.of(0), Buffer.from(text)]));
    socket.send(Buffer.of(255, 0));
  });
  await new Promise((resolve, reject) => socket.once("close", resolve).once("error", reject));
  return channels;
}

test("a command's output and exit code come by their channels", () =>
  withServer(async (server) => {
    const url = await server.execUrl(request(["sh", "-c", "echo out; echo err >&2; exit 5"]), {});
    const channels = await converse(url);
    assert.equal(channels[1], "out\n");
    assert.equal(channels[2], "err\n");
    assert.deepEqual(JSON.parse(channels[3]!).details, { causes: [{ reason: "ExitCode", message: "5" }] });
  }));

test("a shell runs the lines it is given", () =>
  withServer(async (server) => {
    const url = await server.execUrl(request(["/bin/sh"], { stdin: true }), { NAME: "dingi" });
    const channels = await converse(url, ["echo $NA", "ME\necho two"]);
    assert.equal(channels[1]!.replace("\0", ""), "dingi\ntwo\n");
    assert.equal(JSON.parse(channels[3]!).status, "Success");
  }));

test("cat repeats until its input ends", () =>
  withServer(async (server) => {
    const channels = await converse(await server.execUrl(request(["cat"], { stdin: true }), {}), ["one", "two"]);
    assert.equal(channels[1], "onetwo");
  }));

test("a URL serves once, and only a known one, and only WebSocket", () =>
  withServer(async (server) => {
    const url = await server.execUrl(request(["true"]), {});
    const refused = (target: string, protocols: string[]) =>
      new Promise<number | undefined>((resolve) => {
        const socket = new WebSocket(target.replace("http:", "ws:"), protocols);
        socket.on("unexpected-response", (_, response) => resolve(response.statusCode)).on("error", () => {});
      });
    assert.equal(await refused(url, ["v9.channel.k8s.io"]), 403);
    assert.equal((await fetch(url)).status, 400);
    await converse(url);
    assert.equal(await refused(url, ["v5.channel.k8s.io"]), 404);
  }));
