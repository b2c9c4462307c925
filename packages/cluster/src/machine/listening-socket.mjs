// Runs inside a network namespace: opens a listening socket, hands it to the parent and ends. Plain JavaScript without imports
// of ours, because it is started once for every cluster and its start is waited for.
import { createServer } from "node:net";

const [host, port] = process.argv.slice(2);
const server = createServer();
server.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
server.listen({ host, port: Number(port), backlog: 511 }, () => {
  // The bare handle, not the server: a server would begin to accept in the parent.
  process.send("listening", server._handle, {}, () => process.exit(0));
});
