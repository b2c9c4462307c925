import { createServer } from "node:net";
import { run } from "../machine/command.ts";

const TRIES = 100;

/** The first port from `from` on that nothing listens on. */
export async function chooseFreePort(host: string, from: number): Promise<number> {
  const last = Math.min(from + TRIES - 1, 65535);
  for (let port = from; port <= last; port++) {
    if ((await failureToListen(host, port)) === undefined) return port;
  }
  throw new Error(`No port from ${from} to ${last} of "${host}" is free; name another by a flag`);
}

/** Rejects, with who has it where that can be seen, when a port that was asked for is taken. */
export async function requireFreePort(host: string, port: number): Promise<void> {
  const failure = await failureToListen(host, port);
  if (!failure) return;
  if (failure.code === "EADDRINUSE") {
    const owner = await ownerOf(port);
    throw new Error(
      `Port ${port} of "${host}" is already in use${owner ? ` by ${owner}` : ""}; stop it or name another port`,
      {
        cause: failure,
      },
    );
  }
  throw new Error(`Port ${port} of "${host}" cannot be listened on`, { cause: failure });
}

function failureToListen(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(error));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** `"nginx" (process 123)`. */
async function ownerOf(port: number): Promise<string | undefined> {
  const text = await run(["ss", "-Hltnp", `sport = :${port}`]).catch(() => "");
  const match = /users:\(\("([^"]*)",pid=(\d+)/.exec(text);
  return match ? `"${match[1]}" (process ${match[2]})` : undefined;
}
