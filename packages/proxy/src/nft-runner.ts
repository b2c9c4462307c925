import { spawn } from "node:child_process";
import type { StaleFlow } from "./rule-table.ts";

/** Carries the proxy's decisions into the kernel. */
export interface NftRunner {
  /** Applies a script as one transaction; throws with nft's own words when it was refused. */
  apply(script: string, signal: AbortSignal): Promise<void>;
  /** Forgets remembered UDP connections; those that are not there are no failure. */
  forget(flow: StaleFlow, signal: AbortSignal): Promise<void>;
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
  };
}

function run(
  argv: readonly string[],
  input: string,
  signal: AbortSignal,
): Promise<{ code: number | null; stderr: string }> {
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"], signal });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (stderr.length < 10_000) stderr += text;
    });
    child.on("error", (cause) => reject(new Error(`Could not run "${program}"; is it installed?`, { cause })));
    child.on("close", (code) => resolve({ code, stderr }));
    child.stdin.on("error", () => {}); // it ended before it had read all: its exit code tells why
    child.stdin.end(input);
  });
}
