import { spawn } from "node:child_process";
import type { StaleFlow, UdpFlow } from "./udp-flow.ts";

/** Carries the proxy's decisions into the kernel. */
export interface NftRunner {
  /** Applies a script as one transaction; throws with nft's own words when it was refused. */
  apply(script: string, signal: AbortSignal): Promise<void>;
  /** Forgets remembered UDP connections; those that are not there are no failure. */
  forget(flow: StaleFlow, signal: AbortSignal): Promise<void>;
  /** The remembered UDP connections whose destination was translated. */
  udpFlows(signal: AbortSignal): Promise<readonly UdpFlow[]>;
}

/** What `conntrack -L` prints of a connection: first as its client sees it, then as the answer comes. */
const FLOW = /dst=([\d.]+) sport=\d+ dport=(\d+)\b.*?src=([\d.]+)/;

export function parseFlows(listing: string): UdpFlow[] {
  return listing.split("\n").flatMap((line) => {
    const [, address, port, endpoint] = FLOW.exec(line) ?? [];
    return address !== undefined && endpoint !== undefined ? [{ address, port: Number(port), endpoint }] : [];
  });
}

/** `nft` and `conntrack` of the machine, in the network namespace of this process or, with `prefix`, of another. */
export function systemNft(options: { prefix?: readonly string[] } = {}): NftRunner {
  const { prefix = [] } = options;
  return {
    async apply(script, signal) {
      const { code, stderr } = await run([...prefix, "nft", "-f", "-"], script, signal);
      if (code !== 0) throw new Error(`nft refused the rules: ${stderr.trim().slice(0, 2000)}`);
    },
    async forget({ address, port, endpoint }, signal) {
      const where = ["-D", "-f", "ipv4", "-p", "udp", "--orig-dst", address, "--orig-port-dst", String(port)];
      // Exit code 1 says that nothing matched.
      await run(
        [...prefix, "conntrack", ...where, ...(endpoint === undefined ? [] : ["--reply-src", endpoint])],
        "",
        signal,
      );
    },
    async udpFlows(signal) {
      const list = ["conntrack", "-L", "-f", "ipv4", "-p", "udp", "--dst-nat"];
      return parseFlows((await run([...prefix, ...list], "", signal)).stdout);
    },
  };
}

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(argv: readonly string[], input: string, signal: AbortSignal): Promise<Outcome> {
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], signal });
    let stderr = "";
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (stderr.length < 10_000) stderr += text;
    });
    child.on("error", (cause) => reject(new Error(`Could not run "${program}"; is it installed?`, { cause })));
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.on("error", () => {}); // it ended before it had read all: its exit code tells why
    child.stdin.end(input);
  });
}
