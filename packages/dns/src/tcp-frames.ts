/** Over TCP each message comes after its length in two bytes (RFC 1035, 4.2.2). */
export function splitFrames(buffer: Buffer<ArrayBuffer>): { frames: Buffer[]; rest: Buffer<ArrayBuffer> } {
  const frames: Buffer[] = [];
  let at = 0;
  while (buffer.length - at >= 2) {
    const end = at + 2 + buffer.readUInt16BE(at);
    if (end > buffer.length) break;
    frames.push(buffer.subarray(at + 2, end));
    at = end;
  }
  return { frames, rest: buffer.subarray(at) };
}

export function withLength(message: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(message.length + 2);
  out.writeUInt16BE(message.length, 0);
  out.set(message, 2);
  return out;
}
