import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { openUpgrade, type Refused, type UpgradeTarget } from "./open-upgrade.ts";

/**
 * Passes an upgrade on: once the target switches protocols, bytes flow both ways until either side ends. Returns the
 * target's answer when it does not switch. Upstream: apimachinery/pkg/util/proxy/upgradeaware.go
 */
export async function forwardUpgrade(takeOver: () => Duplex, target: UpgradeTarget): Promise<Refused | undefined> {
  const { upgraded, refused } = await openUpgrade(target);
  if (refused) return refused;
  splice(takeOver(), upgraded.socket, { head: upgraded.head, answer: headOf(upgraded.answer) });
  return undefined;
}

function headOf(response: IncomingMessage): string {
  const lines = [`HTTP/1.1 101 ${response.statusMessage || "Switching Protocols"}`];
  for (let i = 0; i < response.rawHeaders.length; i += 2)
    lines.push(`${response.rawHeaders[i]}: ${response.rawHeaders[i + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function splice(client: Duplex, target: Duplex, { head, answer }: { head: Uint8Array; answer: string }): void {
  client.write(answer);
  if (head.length > 0) client.write(head);
  client.pipe(target);
  target.pipe(client);
  const end = () => {
    client.destroy();
    target.destroy();
  };
  for (const side of [client, target]) {
    side.on("error", end);
    side.on("close", end);
  }
}
