import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** What one connection, or one datagram, came to. */
export interface Attempt {
  /** "<server's name> <client's address as it saw it>" */
  readonly answer?: string;
  readonly error?: string;
  readonly ms: number;
}

const SERVER = `
const net = require("node:net"), dgram = require("node:dgram"), name = process.argv[1];
const addr = (a) => a.replace("::ffff:", "");
net.createServer((s) => { s.on("error", () => {}); s.write(name + " " + addr(s.remoteAddress) + "\\n"); s.on("data", (d) => s.write(d)); }).listen(8080, "0.0.0.0", () => console.log("ready"));
const u = dgram.createSocket("udp4").bind(8081, "0.0.0.0");
u.on("message", (m, from) => u.send(name + " " + from.address, from.port, from.address));
`;

/** After which a client gives up. */
export const CLIENT_TIMEOUT_MS = 4000;

const CLIENT = `
const net = require("node:net"), dgram = require("node:dgram");
const { protocol, host, port, count, from } = JSON.parse(process.argv[1]);
const tcp = () => new Promise((done) => {
  const s = net.connect({ host, port }); const end = (r) => { s.destroy(); done(r); };
  s.setTimeout(${CLIENT_TIMEOUT_MS}, () => end({ error: "ETIMEDOUT" })); s.on("error", (e) => end({ error: e.code }));
  s.on("data", (d) => end({ answer: String(d).trim() }));
});
const udp = () => new Promise((done) => {
  const s = dgram.createSocket("udp4"); const end = (r) => { clearTimeout(t); s.close(); done(r); };
  const t = setTimeout(() => end({ error: "ETIMEDOUT" }), ${CLIENT_TIMEOUT_MS});
  s.on("error", (e) => end({ error: e.code })); s.on("message", (m) => end({ answer: String(m) }));
  s.bind(from || 0, () => s.connect(port, host, () => s.send("hello")));
});
(async () => { const out = []; for (let i = 0; i < count; i++) { const t = performance.now(); const r = await (protocol === "udp" ? udp() : tcp()); out.push({ ...r, ms: performance.now() - t }); } console.log(JSON.stringify(out)); })();
`;

const HOLDER = `
const [host, port] = process.argv.slice(1); const s = require("node:net").connect({ host, port: Number(port) });
s.on("error", (e) => { console.log(e.code); process.exit(1); }); s.on("data", (d) => console.log(String(d).trim()));
process.stdin.on("data", (d) => s.write(d));
`;

/** Two nodes and an outsider on one link, pods behind the nodes by point-to-point links; all vanishes with it. */
export class Network implements AsyncDisposable {
  readonly #prefix: string;
  readonly #spaces: string[] = [];
  readonly #servers: ChildProcess[] = [];

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  enter(space: string): string[] {
    return ["nsenter", `--net=/run/netns/${this.#prefix}${space}`];
  }

  async run(space: string, ...argv: string[]): Promise<string> {
    const [program = "", ...args] = [...this.enter(space), ...argv];
    return (await exec(program, args)).stdout;
  }

  async addSpace(space: string): Promise<void> {
    await exec("ip", ["netns", "add", this.#prefix + space]);
    this.#spaces.push(space);
    await this.run(space, "ip", "link", "set", "lo", "up");
    await this.run(space, "sysctl", "-qw", "net.ipv4.ip_forward=1");
  }

  /** A host on the link that all share. */
  async addHost(space: string, address: string): Promise<void> {
    await this.addSpace(space);
    await this.run(
      "f",
      "ip",
      "link",
      "add",
      `v${space}`,
      "type",
      "veth",
      "peer",
      "name",
      "eth0",
      "netns",
      this.#prefix + space,
    );
    await this.run("f", "ip", "link", "set", `v${space}`, "master", "br0", "up");
    await this.run(space, "ip", "addr", "add", `${address}/24`, "dev", "eth0");
    await this.run(space, "ip", "link", "set", "eth0", "up");
  }

  async addPod(space: string, node: string, address: string): Promise<void> {
    const gateway = address.replace(/\d+$/, "1");
    await this.addSpace(space);
    await this.run(
      node,
      "ip",
      "link",
      "add",
      `p${space}`,
      "type",
      "veth",
      "peer",
      "name",
      "eth0",
      "netns",
      this.#prefix + space,
    );
    await this.run(node, "ip", "addr", "add", `${gateway}/32`, "dev", `p${space}`);
    await this.run(node, "ip", "link", "set", `p${space}`, "up");
    await this.run(node, "ip", "route", "add", `${address}/32`, "dev", `p${space}`);
    await this.run(space, "ip", "addr", "add", `${address}/32`, "dev", "eth0");
    await this.run(space, "ip", "link", "set", "eth0", "up");
    await this.run(space, "ip", "route", "add", `${gateway}/32`, "dev", "eth0");
    await this.run(space, "ip", "route", "add", "default", "via", gateway);
  }

  async open(): Promise<void> {
    await this.addSpace("f");
    await this.run("f", "ip", "link", "add", "br0", "type", "bridge");
    await this.run("f", "ip", "link", "set", "br0", "up");
  }

  /** Serves TCP 8080 and UDP 8081, telling the client who answered and whom it saw. */
  async serve(space: string): Promise<void> {
    const [program = "", ...args] = [...this.enter(space), process.execPath, "-e", SERVER, space];
    const server = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#servers.push(server);
    await once(server.stdout, "data");
  }

  async connect(
    space: string,
    to: { host: string; port: number; count?: number; protocol?: "tcp" | "udp"; from?: number },
  ): Promise<Attempt[]> {
    const request = JSON.stringify({ protocol: "tcp", count: 1, ...to });
    return JSON.parse(await this.run(space, process.execPath, "-e", CLIENT, request)) as Attempt[];
  }

  /** Keeps a connection open; what is sent comes back, from whoever answered first. */
  async hold(
    space: string,
    host: string,
    port: number,
  ): Promise<{ first: string; echo(text: string): Promise<string> }> {
    const [program = "", ...args] = [...this.enter(space), process.execPath, "-e", HOLDER, host, String(port)];
    const holder = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#servers.push(holder);
    const next = async () => String((await once(holder.stdout, "data"))[0]).trim();
    const echo = (text: string) => {
      holder.stdin.write(text);
      return next();
    };
    return { first: await next(), echo };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) server.kill("SIGKILL");
    for (const space of this.#spaces) await exec("ip", ["netns", "del", this.#prefix + space]).catch(() => {});
  }
}
