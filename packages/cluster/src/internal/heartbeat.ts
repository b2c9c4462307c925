import { Socket } from "node:net";
import { systemClock } from "@dingi/base";

const BEAT_MS = 1_000;

/** Says every second to whoever reads `fd` that this process's event loop turns. */
export function beat(fd: number): void {
  const socket = new Socket({ fd, readable: false, writable: true });
  // Who listened is gone; the next supervisor ends this process.
  socket.on("error", () => {}).unref();
  const next = () => {
    if (socket.destroyed) return;
    if (!socket.writableNeedDrain) socket.write(".");
    systemClock.timer(BEAT_MS, next);
  };
  next();
}
